"""Comparison, pocket price, scenarios, matrix, portfolio, currencies and signs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from answers.books import book, read, rows
from answers.test_costs import CUSTOMERS, QUICK, SALES, companies
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl import functions
from cvm_xl.answers.compare import bridge, bridge_steps, migration, moves, periods, waterfall
from cvm_xl.answers.dimensions import calendar, dimension, with_tiers
from cvm_xl.answers.further import further
from cvm_xl.answers.matrix import heat_map, matrix
from cvm_xl.answers.pnl import segment_pnl
from cvm_xl.answers.pocket import by_customer, outliers, pocket
from cvm_xl.answers.portfolio import by_quadrant, portfolio, whale_stats
from cvm_xl.answers.scenarios import scenarios, totals
from cvm_xl.answers.tiers import tiers
from cvm_xl.check import check
from cvm_xl.errors import BookError

POOLS = rows(
    "account pool amount level driver layer",
    ("1", "Bonus", 30.0, "line", "net revenue", "pocket"),
    ("2", "Delivery", 100.0, "order", "orders", None),
    ("3", "Desk", 60.0, "channel", "minutes", None),
    ("4", "Board", 40.0, "company", None, "company"),
)
MINUTES = rows("driver object volume", ("minutes", "Web", 10.0), ("minutes", "Phone", 50.0))


def company(settings=None, **more):
    tables = {"Sales": SALES, "Customers": CUSTOMERS, "CostPools": POOLS, "Drivers": MINUTES} | more
    return read(book(**tables), **(settings or {}))


# --- calendar and baskets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "start", "wanted"),
    [
        ("2024-03-31", 1, ("2024-03", "2024 Q1", "2024")),
        ("2024-12-31", 1, ("2024-12", "2024 Q4", "2024")),
        ("2024-03-31", 4, ("2024-03", "FY2024 Q4", "FY2024")),
        ("2024-04-01", 4, ("2024-04", "FY2025 Q1", "FY2025")),
        ("2024-10-15", 10, ("2024-10", "FY2025 Q1", "FY2025")),
        ("2024-09-15", 10, ("2024-09", "FY2024 Q4", "FY2024")),
    ],
)
def test_the_fiscal_year_bears_the_year_in_which_it_ends(day, start, wanted):
    days = np.array([day], dtype="datetime64[D]")
    assert tuple(calendar(days, unit, start)[0] for unit in ("Month", "Quarter", "Year")) == wanted


def test_cross_sell_is_what_comes_after_the_first_product_of_an_order():
    found, _ = company()
    split = dimension(found, "Cross-sell")
    assert [split.items[code] for code in split.codes[:5]] == [
        "First product", "Rest of the basket", "First product", "Fees and returns", "First product",
    ]  # fmt: skip


def test_a_cohort_is_the_quarter_of_the_first_purchase_even_before_the_period():
    early = pd.concat([SALES.assign(date=np.datetime64("2022-08-01", "s")).head(1), SALES], ignore_index=True)
    found, _ = read(book(Sales=early, Customers=CUSTOMERS), period_start=np.datetime64("2024-01-01"))
    split = dimension(found, "Cohort")
    of = dict(zip(found.dimensions["Customer"].items, split.of, strict=True))
    assert {name: split.items[code] for name, code in of.items() if name != "Unassigned"} == {
        "a": "2022 Q3", "b": "2024 Q1", "c": "2024 Q1",
    }  # fmt: skip


# --- two periods -------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(companies(), st.data())
def test_every_row_and_column_of_the_bridge_sums_to_the_cent(tables, data):
    sales = tables["Sales"]
    later = data.draw(st.lists(st.booleans(), min_size=len(sales), max_size=len(sales)))
    dates = np.where(later, np.datetime64("2025-02-01", "s"), np.datetime64("2024-02-01", "s"))
    tables["Sales"] = sales.assign(date=dates, cost_of_goods=sales["net_revenue"] / 2)
    found, shared = read(book(**tables))
    if len(set(later)) < 2:
        with pytest.raises(BookError, match="no sales line lies in this period"):
            periods(found, "2024; 2025")
        return
    table = bridge(found, shared, periods(found, "2024; 2025"))
    effects = ["Price", "Volume", "Mix", "Cost of goods", "New and lost", "Cost to serve"]
    assert np.allclose(table["Before"] + table[effects].sum(axis=1), table["After"], rtol=0, atol=1e-6)
    blocks = table.groupby("Dimension").sum(numeric_only=True)
    for name in ("Before", "After", "Change", "Cost to serve"):
        assert np.allclose(blocks[name], blocks.loc["Total", name], rtol=0, atol=1e-6)
    for name in effects:
        assert blocks.loc["Segment", name] == pytest.approx(blocks.loc["Total", name], abs=1e-6)
    year = dimension(found, "Year")
    pnl = shared.of(year).sum(axis=1)
    margin = np.bincount(year.codes, found.net_revenue - found.cost_of_goods, minlength=3)
    for i, side in enumerate(("Before", "After")):
        assert blocks.loc["Total", side] == pytest.approx(margin[i] - pnl[i], abs=0.06)


def test_the_bridge_tells_price_from_volume_and_cost():
    sales = rows(
        "date customer product quantity net_revenue cost_of_goods",
        (np.datetime64("2024-01-05", "s"), "a", "p", 100, 1000.0, 600.0),
        (np.datetime64("2025-01-05", "s"), "a", "p", 150, 1650.0, 975.0),
        (np.datetime64("2025-01-06", "s"), "a", "new", 10, 80.0, 30.0),
    )
    found, shared = read(book(Sales=sales))
    table = bridge(found, shared, periods(found, "2024; 2025")).set_index(["Dimension", "Item"])
    row = table.loc[("Product", "p")]
    assert (row["Price"], row["Volume"], row["Mix"], row["Cost of goods"]) == (150, 200, 0, -75)
    assert table.loc[("Product", "new"), "New and lost"] == 50
    assert table.loc[("Total", "Total"), "Change"] == 325
    steps = bridge_steps(table.reset_index(), periods(found, "2024; 2025"))
    assert list(steps["Amount"]) == [400, 150, 200, 0, -75, 50, 0, 725]


@settings(deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=8))
def test_a_waterfall_stands_on_what_was_reached(changes):
    values = [100.0, *map(float, changes), 100.0 + sum(changes)]
    table = waterfall([str(i) for i in range(len(values))], values)
    parts = table[["Level", "Better", "Worse"]].sum(axis=1)
    below = table[["Level below", "Better below", "Worse below"]].sum(axis=1)
    assert np.allclose(parts - below, table["Amount"].abs())
    reached = np.cumsum([0.0, *values[:-1]])
    for i in range(1, len(values) - 1):
        low, high = sorted((reached[i], reached[i + 1]))
        base = table["Base"][i]
        assert (base + parts[i] if base >= 0 else parts[i]) == pytest.approx(max(high, 0.0))
        assert (base + below[i] if base <= 0 else below[i]) == pytest.approx(min(low, 0.0))


@pytest.mark.parametrize("text", ["2024", "2024; 2031", "2024; spring", "2024; 2025; 2026"])
def test_periods_that_there_are_not_are_refused(text):
    found, _ = company()
    with pytest.raises(BookError):
        periods(found, text)


def test_customers_move_between_tiers():
    def year(number, **profit):
        return [(np.datetime64(f"{number}-05-05", "s"), c, 1, float(p), 0.0) for c, p in profit.items()]

    lines = year(2024, a=50, b=40, c=30, d=20, e=10) + year(2025, b=50, a=40, c=30, d=20, f=10)
    found, shared = read(
        book(Sales=rows("date customer quantity net_revenue cost_of_goods", *lines)),
        tier_shares="20%; 60%; 20%",
    )
    table = migration(found, shared, periods(found, "2024; 2025"))
    moved = {(f, t): n for f, t, n in zip(table["From"], table["To"], table["Customers"], strict=True)}
    assert moved == {
        ("Top", "Middle"): 1, ("Middle", "Top"): 1, ("Middle", "Middle"): 2, ("Bottom", "No more"): 1,
        ("Not yet", "Bottom"): 1,
    }  # fmt: skip
    assert table["Profit before"].sum() == 150
    assert table["Profit after"].sum() == 150
    drawn = moves(table, ["Top", "Middle", "Bottom"]).set_index("Tier")
    assert drawn.loc["Top"].to_dict() == {"Up": 0, "Same": 0, "Down": 1, "No more": 0}
    assert drawn.loc["Middle"].to_dict() == {"Up": 1, "Same": 2, "Down": 0, "No more": 0}
    assert drawn.loc["Bottom"].to_dict() == {"Up": 0, "Same": 0, "Down": 0, "No more": 1}


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({}, "Top Middle Middle Middle Bottom"),
        ({"tier_by": "profit"}, "Top Middle Middle Bottom Bottom"),
        ({"tier_by": "amount", "tier_amounts": "30; 0"}, "Top Top Middle Middle Bottom"),
    ],
)
def test_tiers_by_rank_profit_or_amount(chosen, wanted):
    """By the function that cells call, with what Settings say."""
    from cvm_xl.answers.tiers import tiers

    profits = {"a": 70.0, "b": 30.0, "c": 15.0, "d": 5.0, "e": -20.0}
    lines = [(np.datetime64("2024-05-05", "s"), c, 1, p, 0.0) for c, p in profits.items()]
    sales = rows("date customer quantity net_revenue cost_of_goods", *lines)
    shares = "40%; 50%; 10%" if chosen.get("tier_by") == "profit" else "20%; 60%; 20%"
    found, shared = read(book(Sales=sales), tier_shares=shares, **chosen)
    table = tiers(found, shared)
    assert list(table["Tier"]) == wanted.split()
    by = chosen.get("tier_by", "rank")
    cuts = [[30], [0]] if by == "amount" else [[0.4], [0.5], [0.1]] if by == "profit" else [[0.2], [0.6], [0.2]]
    called = functions.get("CVM_TIER").cells([[p] for p in table["Profit"]], cuts, None, by).value
    assert [[tier] for tier in table["Tier"]] == called


# --- pocket price --------------------------------------------------------------------------------------------------


def test_the_pocket_price_of_each_customer_sums_to_that_of_all():
    found, shared = company(Sales=SALES.assign(list_price=[60.0, 55.0, 55.0, 55.0, 55.0]))
    table, whole = by_customer(found, shared), pocket(found, shared)
    total = whole[whole["Segment"] == "Total"].set_index("Step")
    assert table["List revenue"].sum() == pytest.approx(total.loc["List price", "Left"])
    assert table["Discounts"].sum() == pytest.approx(total.loc["Discounts", "Amount"])
    assert table["Bonus"].sum() == pytest.approx(total.loc["Bonus", "Amount"])
    assert table["Pocket revenue"].sum() == pytest.approx(total.loc["Pocket price", "Left"])
    way = table["List revenue"] + table["Discounts"] + table["Bonus"]
    assert list(way.round(2)) == list(table["Pocket revenue"])


def test_the_pocket_price_falls_from_list_by_discounts_and_pools():
    found, shared = company(Sales=SALES.assign(list_price=[60.0, 55.0, 55.0, 55.0, 55.0]))
    table = pocket(found, shared)
    total = table[table["Segment"] == "Total"]
    assert list(total["Step"]) == ["List price", "Discounts", "Invoice price", "Bonus", "Pocket price"]
    assert list(total["Left"]) == [395.0, 350.0, 350.0, 320.0, 320.0]
    assert table[table["Segment"] != "Total"].groupby("Step")["Left"].sum()["Pocket price"] == pytest.approx(320.0)


def test_an_outlier_is_far_from_its_segment():
    lines = [(np.datetime64("2024-05-05", "s"), f"c{i:02d}", 1, 100.0, 90.0 - i % 3) for i in range(20)]
    lines.append((np.datetime64("2024-05-05", "s"), "deep", 1, 100.0, 40.0))
    found, shared = read(book(Sales=rows("date customer quantity list_price net_revenue", *lines)))
    table = outliers(found, by_customer(found, shared))
    assert list(table["Customer"]) == ["deep"]
    assert table["Gap"].item() == pytest.approx(-49.0)


# --- scenarios -----------------------------------------------------------------------------------------------------


def changed(*changes, **more):
    frame = rows("scenario change object value", *(("S", *change) for change in changes))
    found, shared = company(Scenarios=frame, **more)
    ranked = tiers(found, shared)
    with_tiers(found, list(ranked["Customer"]), list(ranked["Tier"]), ["Top", "Middle", "Bottom"])
    before = {name: getattr(found, name).copy() for name in ("net_revenue", "quantity", "sold")}
    table = scenarios(found, shared)
    assert all((getattr(found, name) == values).all() for name, values in before.items()), "the base is as it was"
    pnl = segment_pnl(found, shared)
    total = pnl[pnl["Dimension"] == "Total"].iloc[0]
    mine = table[table["Segment"] == "Total"].set_index("Line")
    assert all(mine.loc[line, "Base"] == pytest.approx(total[line]) for line in mine.index)
    lines = [line for line in mine.index if line in ("Gross margin", "Bonus", "Delivery", "Desk", "Board")]
    assert mine.loc[lines, "With"].sum() == pytest.approx(mine.loc["Contribution", "With"])
    segments = table[(table["Line"] == "Contribution") & (table["Segment"] != "Total")]
    assert segments["With"].sum() == pytest.approx(mine.loc["Contribution", "With"])
    return mine["Change"], found, shared


def test_a_price_changes_revenue_of_what_is_named_and_no_cost():
    change, _, _ = changed(("price", "Product = p", 0.1))
    assert change["Net revenue"] == 25.0
    assert change["Contribution"] == 25.0


def test_discounts_are_capped():
    sales = SALES.assign(list_price=[60.0, 55.0, 55.0, 55.0, 55.0])
    change, _, _ = changed(("discount cap", None, 0.1), Sales=sales)
    assert change["Net revenue"] == pytest.approx(120 * 0.9 - 100)


def test_rates_of_cost():
    change, _, _ = changed(("cost rate", "delivery", -0.2), ("cost rate", "Product = q", 0.5))
    assert change["Delivery"] == 20.0
    assert change["Cost of goods"] == -20.0


def test_orders_shifted_to_another_channel_cost_what_they_do_there():
    change, _, _ = changed(("channel shift", "Phone -> Web", 1.0))
    # minutes a line: Web 10 / 3, Phone 50 / 2; two lines move
    assert change["Desk"] == pytest.approx(60 - 60 / 60 * (10 + 2 * 10 / 3), abs=0.01)
    assert change["Net revenue"] == 0
    assert change["Delivery"] == 0


@pytest.mark.parametrize("saved", [0.0, 0.4, 1.0])
def test_customers_are_dropped_and_what_is_not_saved_is_stranded(saved):
    change, found, shared = changed(("drop customers", "Customer = b", saved))
    customer = found.dimensions["Customer"]
    b = customer.items.index("b")
    mine = customer.codes == b
    margin = (found.net_revenue - found.cost_of_goods)[mine].sum()
    assert change["Net revenue"] == -150
    assert change["Contribution"] == pytest.approx(-margin + saved * shared.of(customer)[b].sum(), abs=0.03)


@settings(max_examples=25, deadline=None, phases=QUICK)
@given(companies(), st.sampled_from(["price", "discount cap", "cost rate", "drop customers", "channel shift"]))
def test_any_company_can_be_changed_and_adds_up(tables, change):
    what = {"drop customers": "Segment = Labs", "channel shift": "Phone -> Web"}.get(change, "Channel = Web")
    if not {"Phone", "Web"} <= set(tables["Sales"]["channel"]):
        return
    tables["Scenarios"] = rows("scenario change object value", ("S", change, what, 0.25))
    found, shared = read(book(**tables))
    table = scenarios(found, shared)
    mine = table[(table["Line"] == "Contribution") & (table["Segment"] != "Total")]
    total = table[(table["Line"] == "Contribution") & (table["Segment"] == "Total")].iloc[0]
    assert mine["With"].sum() == pytest.approx(total["With"], abs=1e-6)
    assert mine["Base"].sum() == pytest.approx(total["Base"], abs=1e-6)


def test_the_chart_of_scenarios_draws_their_totals():
    frame = rows("scenario change object value", ("Dearer", "price", None, 0.1), ("Cheaper", "price", None, -0.1))
    table = scenarios(*company(Scenarios=frame))
    drawn = totals(table).set_index("Scenario")["Change"]
    assert list(drawn.index) == ["Dearer", "Cheaper"]
    assert drawn["Dearer"] == -drawn["Cheaper"] == pytest.approx(35.0)


# --- matrix, portfolio -------------------------------------------------------------------------------------------


def test_the_matrix_sums_to_the_pnl():
    found, shared = company()
    table = matrix(found, shared)
    pnl = segment_pnl(found, shared)
    mine = pnl[pnl["Dimension"] == "Segment"].set_index("Item")
    for segment, there in table.groupby("Segment"):
        assert there["Net revenue"].sum() == pytest.approx(mine.loc[segment, "Net revenue"])
        assert there["Profit"].sum() == pytest.approx(mine.loc[segment, "Contribution"])
    cell = table.set_index(["Segment", "Product"]).loc[("Labs", "p")]
    assert (cell["Customers"], cell["Reach"], cell["Quantity"], cell["Unit price"]) == (2, 1.0, 5, 50.0)
    heat = heat_map(table).set_index("Product")
    assert heat.loc["p", "Labs"] == pytest.approx(cell["Return"])
    assert list(heat.columns) == ["Name", "Labs", "Farms", "All"]


def test_white_space_and_potential():
    """Two labs buy p for 100 and 300, a third buys only q: one is white space, worth the median of the buyers."""
    day = np.datetime64("2024-05-05", "s")
    lines = [(day, "a", "p", 1, 100.0), (day, "b", "p", 3, 300.0), (day, "c", "q", 1, 50.0), (day, "a", "q", 1, 10.0)]
    tables = {
        "Sales": rows("date customer product quantity net_revenue", *lines),
        "Customers": rows("customer segment", *[(c, "Labs") for c in "abc"]),
    }
    found, shared = read(book(**tables))
    cells = matrix(found, shared).set_index("Product")
    assert (cells.loc["p", "Customers"], cells.loc["p", "White space"]) == (2, 1)
    assert cells.loc["p", "Reach"] == pytest.approx(2 / 3)
    assert cells.loc["p", "Potential"] == 200.0
    assert cells.loc["q", "Potential"] == 30.0
    found, shared = read(book(**tables), matrix_by="Customer x Product")
    cells = matrix(found, shared).set_index(["Customer", "Product"])
    assert cells.loc[("a", "p"), "Potential"] == 100.0  # up to the median buyer
    assert cells.loc[("b", "p"), "Potential"] == 0.0
    assert cells["White space"].isna().all()


@pytest.mark.parametrize(
    "by", ["Segment x Product x Touch-point", "Customer x Product", "Customer x Product x Touch-point"]
)
def test_the_matrix_by_customer_and_touch_point_has_the_same_sums_and_heat_map(by):
    sales = SALES.assign(touch_point=["Shop", "Desk", "Desk", "Shop", "Shop"])
    plain = matrix(*company(Sales=sales))
    found, shared = company({"matrix_by": by}, Sales=sales)
    table = matrix(found, shared)
    assert len(table) > len(plain)
    for name in ("Net revenue", "Gross margin", "Cost to serve", "Profit", "Quantity"):
        sums = table.groupby(["Segment", "Product"])[name].sum()
        assert sums.to_dict() == pytest.approx(plain.set_index(["Segment", "Product"])[name].to_dict(), abs=0.011)
    assert table["Profit"].sum() == pytest.approx(plain["Profit"].sum(), abs=1e-6)
    pd.testing.assert_frame_equal(heat_map(table), heat_map(plain), atol=1e-3)


def test_the_portfolio_and_the_whale_in_figures():
    found, shared = company()
    ranked = tiers(found, shared)
    table = portfolio(found, ranked)
    assert set(table["Customer"]) == {"a", "b", "c"}
    assert set(table["Quadrant"]) <= {"true friends", "butterflies", "barnacles", "strangers"}
    drawn = by_quadrant(table)
    assert (drawn["Customers"].sum(), drawn["Profit"].sum()) == (3, pytest.approx(table["Profit"].sum()))
    figures = whale_stats(ranked, "EUR").set_index("Figure")
    assert figures.loc["total", "Value"] == pytest.approx(ranked["Profit"].sum())
    assert figures.loc["bottom10", "Often quoted"] == "-50% to -200%"


# --- money as it is entered ----------------------------------------------------------------------------------------

RATES = rows(
    "currency from rate", ("CHF", None, 1.05), ("chf", np.datetime64("2024-01-04", "s"), 1.1),
    ("CHF", np.datetime64("2024-02-01", "s"), 9.0),
)  # fmt: skip


def test_lines_in_another_currency_count_at_the_rate_of_their_day():
    sales = SALES.assign(currency=["CHF", None, "EUR", "CHF", ""])
    found, _ = read(book(Sales=sales, Rates=RATES))
    assert list(found.net_revenue[:5]) == [110.0, 50.0, 200.0, -55.0, 50.0]
    assert list(found.cost_of_goods[:5]) == [44.0, 20.0, 80.0, -22.0, 20.0]


def test_a_currency_without_a_rate_is_an_error_with_its_remedy():
    given = book(Sales=SALES.assign(currency="USD"), Rates=RATES)
    [problem] = [p for p in check(given) if p.level == "error"]
    assert (problem.value, "Add a row to Rates" in problem.remedy) == ("USD", True)


def test_ledgers_with_the_other_signs_give_the_same_figures():
    turned = book(
        Sales=SALES.assign(net_revenue=-SALES["net_revenue"], cost_of_goods=-SALES["cost_of_goods"]),
        CostPools=POOLS.assign(amount=-POOLS["amount"]),
        Drivers=MINUTES,
        Settings=rows("setting value", ("Revenue sign", "negative"), ("Cost sign", "negative")),
    )
    plain = book(Sales=SALES, CostPools=POOLS, Drivers=MINUTES)
    left, right = (segment_pnl(*read(given)) for given in (turned, plain))
    pd.testing.assert_frame_equal(left, right)
    assert [p for p in check(turned) if p.level == "error"] == []
    assert not [p for p in check(turned) if "income" in p.message]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Further tables", "Matrix; Portfolo", "Did you mean 'Portfolio'"),
        ("Compare", "2024", "does not name two periods"),
        ("P&L by", "Segment x Chanel", "nothing is called Chanel"),
        ("Fit by", "Segmnt", "Did you mean 'Segment'"),
        ("Fit by", "Channel", "customers have nothing called Channel"),
        ("Service method", "guess", "none of the words"),
    ],
)
def test_settings_that_cannot_be_met_are_errors(name, value, words):
    given = book(Sales=SALES, Settings=rows("setting value", (name, value)))
    [problem] = [p for p in check(given) if p.level == "error"]
    assert words in f"{problem.message}. {problem.remedy}"
    assert problem.message.startswith(name)
    assert (problem.place.table, problem.place.row, problem.place.column) == ("Settings", 5, "Value")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("channel shift", "Web", 0.5), "does not name two channels"),
        (("drop customers", None, 0.5), "does not say which customers"),
        (("price", "Produkt = p", 0.5), "nothing is called Produkt"),
        (("cost rate", "Deliverie", 0.5), "is no cost pool"),
    ],
)
def test_scenarios_that_cannot_be_understood_are_errors(change, words):
    given = book(Sales=SALES, CostPools=POOLS, Scenarios=rows("scenario change object value", ("S", *change)))
    problems = [p for p in check(given) if p.level == "error" and p.place.table == "Scenarios"]
    assert [words in p.message for p in problems] == [True]


def test_nothing_is_written_that_nothing_asks_for():
    found, shared = read(book(Sales=SALES, CostPools=rows("pool amount driver", ("Delivery", 100.0, "orders"))))
    assert further(found, shared, tiers(found, shared)) == ({}, {})
    pnl = segment_pnl(found, shared)
    assert list(pnl.columns[-3:]) == ["Gross margin", "Delivery", "Contribution"]
