"""Expressions over sales that lie elsewhere, each by itself on every backend, against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from elsewhere import SECRET

from cvm_xl.intake.elsewhere import Given

pytest.importorskip("ibis")


@pytest.fixture(params=["duckdb", "postgresql", "spark"])
def lines(request, folder, monkeypatch):
    """The lines on each backend, derived, and the same as a frame."""
    from cvm_xl.book import schema
    from cvm_xl.data.connect import connected, locate, opened
    from cvm_xl.data.derived import Money, derived
    from cvm_xl.data.typed import typed
    from cvm_xl.intake.elsewhere import _readings

    monkeypatch.setenv("PGPASSWORD", SECRET)
    if request.param == "duckdb":
        location = locate(str(folder / "sales.parquet"))
    elif request.param == "postgresql":
        location = locate(request.getfixturevalue("server").url, "shop.lines")
    else:
        request.getfixturevalue("spark")
        location = locate("spark://local[2]", f"SELECT * FROM parquet.`{folder / 'sales.parquet'}`")
    connection = opened(location, connected(location))
    table, _ = typed(connection, _readings(connection, schema.table("Sales"), Given("Sales", "")))
    products = pd.DataFrame({"product": ["NEU"], "unit_cost": [0.1]})
    expression = derived(table, Money(products=products))
    return connection, expression, expression.to_pyarrow().to_pandas()


def fetched(expression, *order):
    frame = expression.to_pyarrow().to_pandas()
    return frame.sort_values(list(order)).reset_index(drop=True)


def test_expressions_agree_with_pandas(lines):
    from cvm_xl.data.summaries import allocated, tier_ends
    from cvm_xl.functions.value import CVM_TIER

    _, table, frame = lines
    positive = table.mutate(taken=(table.net_units > 0).ifelse(table.net_units, 0), line=1)
    shared = fetched(allocated(positive, ["channel"], {"taken": 0.25, "line": 100.0}), "channel")
    borne = frame.assign(borne=frame["net_units"].clip(lower=0) * 0.25 + 100.0)
    expected = borne.groupby("channel", dropna=False)["borne"].sum().reindex(shared["channel"])
    assert np.allclose(shared["cost"], expected)

    profit = (table.net_units.sum() - 40_000).cast("int64")  # of some a loss
    people = table.filter(table.customer.notnull()).group_by("customer").agg(profit=profit)
    profits = fetched(people, "customer")["profit"].to_numpy(dtype=float)
    assert (profits < 0).any()
    labels = np.array(["Top", "Middle", "Bottom"], dtype=object)
    for by in ("rank", "profit"):
        ends = fetched(tier_ends(people, [0.2, 0.5, 0.3], by), "tier")
        by_function = np.asarray(CVM_TIER(profits / 100, np.array([0.2, 0.5, 0.3]), labels, by))
        assert ends["tier"].tolist() == [0, 1, 2]
        assert [profits[by_function == label].min() for label in labels] == ends["least"].tolist()


def test_customers_and_products_agree_with_pandas(lines):
    from cvm_xl.answers.source_space import white_space
    from cvm_xl.data.lines import Lines
    from cvm_xl.data.summaries import co_purchases, covered, holdings, orders_by, paid_prices, prices_over_time
    from cvm_xl.functions.growth import CVM_WHITESPACE

    connection, table, frame = lines
    goods = frame[frame["goods"] & frame["customer"].notna() & frame["product"].notna()]
    margin = (goods["net_units"] - goods["cost_units"]).rename("margin")
    each = margin.groupby([goods["customer"], goods["product"]]).agg(["sum", "min"])
    held = (each["sum"] > 0) | ((each["sum"] == 0) & (each["min"] >= 0))
    found = fetched(holdings(table), "customer", "product").set_index(["customer", "product"])
    assert found["worth"].to_dict() == each["sum"].to_dict()
    assert found["held"].to_dict() == held.to_dict()

    baskets = [set(mine.index.get_level_values("product")) for _, mine in held[held].groupby("customer")]
    pairs = fetched(co_purchases(holdings(table).filter(lambda t: t.held)), "product", "other")
    assert len(pairs) > 20
    assert not pairs.duplicated(["product", "other"]).any()
    for row in pairs.itertuples():
        assert row.product < row.other
        assert row.together == sum({row.product, row.other} <= basket for basket in baskets)
    assert pairs["together"].sum() == sum(len(basket) * (len(basket) - 1) // 2 for basket in baskets)

    lacking = white_space(Lines(connection, table), 2, np.array([], dtype=object))
    of = goods.sort_values("product", kind="stable")
    margins = (of["net_units"] - of["cost_units"]).to_numpy(dtype=float) / 100
    expected = CVM_WHITESPACE(*(of[name].to_numpy(dtype=object) for name in ("customer", "product")), margins, 2)
    mine, theirs = (
        pd.DataFrame(d).sort_values("customer", kind="stable", ignore_index=True) for d in (lacking, expected)
    )
    assert len(mine) > 50
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)

    bought = frame[frame["quantity"] > 0]
    orders = fetched(orders_by(table, ["channel"]), "channel").set_index("channel")["orders"]
    assert orders.dropna().to_dict() == bought.groupby("channel", dropna=False)["order_key"].nunique().to_dict()

    some = sorted(goods["product"].unique())[:3]
    known = bought[bought["customer"].notna()]
    sums = known.groupby(["customer", "product"], dropna=False)[["quantity", "net_units"]].sum().reset_index()
    paid = sums["net_units"].clip(lower=0).groupby(sums["customer"]).transform("sum")
    sums = sums.assign(share=sums["net_units"] / paid.where(paid > 0))
    sums = sums[sums["product"].isin(some)].sort_values(["customer", "product"])
    prices = fetched(paid_prices(table, some), "customer", "product")
    assert np.allclose(prices[["units", "net", "share"]].astype(float), sums.iloc[:, 2:].astype(float), equal_nan=True)

    quarters = fetched(prices_over_time(table, some, 3, table.channel == "Web shop"), "product", "period")
    when = bought["date"].to_numpy().astype("datetime64[M]").astype(int) // 3
    mine = bought.assign(when=when, web=(bought["channel"] == "Web shop").astype(float))
    mine = mine[mine["product"].isin(some)].groupby(["product", "when"])
    assert quarters["period"].tolist() == [period for _, period in mine.groups]
    assert np.allclose(quarters["units"], mine["quantity"].sum())
    assert np.allclose(quarters["promotion"], mine["web"].mean())

    shares = fetched(covered(table), "customer").set_index("customer")
    money = frame["net_units"].abs()
    for name, part in {
        "revenue": money,
        "product": money.where(frame["product"].notna(), 0),
        "known": money.where(frame["goods"] & (frame["cost_units"] != 0), 0),
    }.items():
        assert shares[name].equals(part.groupby(frame["customer"], dropna=False).sum().astype("int64")[shares.index])
