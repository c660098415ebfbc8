"""What moving to target does to a year; whom to talk to first; what the value map and the what-if start from."""

import numpy as np
import pandas as pd
import pytest
from answers.books import read, rows
from answers.test_price import answers, by_segment, company
from answers.test_price_plan import seen

from cvm_xl.answers.price_tables import price_tables
from cvm_xl.check import check
from cvm_xl.functions.profit import CVM_BRIDGE

EFFECTS = ["Price effect", "Volume effect", "Mix effect"]


def test_effects_are_the_bridges_and_sum_to_the_change_of_profit():
    tables = answers(company())[0]
    table, bands = tables["TargetEffects"], by_segment(tables["PriceBands"])
    total, body = table.iloc[0], by_segment(table.iloc[1:])
    assert total["Segment"] == "Total"
    assert np.allclose(table[EFFECTS].sum(axis=1), table["Profit change"], atol=0.005)
    for name in (*EFFECTS, "Profit change", "Units at risk"):
        assert total[name] == pytest.approx(body[name].sum())
    assert body["Profit change"].to_dict() == bands["Profit change"].to_dict()
    farms = bands.loc["Farms"]
    assert body.loc["Farms", "Units after"] == pytest.approx(farms["Units a year"] * (1 + farms["Volume change"]))
    assert body.loc["Farms", "Units at risk"] == pytest.approx(-farms["Units a year"] * farms["Volume change"])
    assert body.loc["Parks", "Units at risk"] == 0  # too dear today: at target more is sold
    keys, cost = np.array(["Farms", "Parks"], dtype=object), np.full(2, 60.0)
    before, after = (body.loc[keys, name].to_numpy(dtype=float) for name in ("Units a year", "Units after"))
    prices = [body.loc[keys, name].to_numpy(dtype=float) for name in ("Price today", "Target")]
    found = CVM_BRIDGE(keys, prices[0], before, cost, prices[1], after, cost)
    for name, effect in zip(EFFECTS, ("price", "volume", "mix"), strict=True):
        assert body.loc[keys, name].tolist() == pytest.approx(list(found[effect][:-1]), abs=0.011)
    assert (body["Profit low"] <= body["Profit change"]).all()
    assert (body["Profit change"] <= body["Profit high"]).all()
    bars = tables["EffectBars"].set_index("Effect")["Amount"]
    assert bars["All"] == pytest.approx(bars[["Price", "Volume", "Mix"]].sum())


def test_where_acceptance_is_not_known_there_are_no_effects():
    assert "TargetEffects" not in answers(company(Offers=None))[0]


def test_a_cut_that_costs_profit_says_so():
    values = rows(
        "segment product driver kind amount",
        ("Farms", "p", "Rival", "reference", 70.0),
        ("Parks", "p", "Rival", "reference", 85.0),
    )
    plan = answers(company(ValueDrivers=values))[0]["PricePlan"].set_index("Segment")
    assert (plan["Change"] < 0).all()
    assert plan["Profit change"].apply(np.sign).to_dict() == {"Farms": -1, "Parks": 1}
    assert plan.loc["Farms", "Why"].endswith("; costs profit at once, to keep customers who pay too much")
    assert "costs profit" not in plan.loc["Parks", "Why"]


def people():
    sales = rows(
        "date customer product quantity net_revenue cost_of_goods",
        (np.datetime64("2024-01-01"), "a", "p", 50.0, 4000.0, 3000.0),
        (np.datetime64("2024-06-01"), "c", "p", 900.0, 63000.0, 45000.0),
        (np.datetime64("2024-12-30"), "b", "p", 100.0, 12000.0, 6000.0),
    )
    customers = rows("customer name segment", ("a", "A", "Farms"), ("c", "C", "Farms"), ("b", "B", "Parks"))
    return {"Sales": sales, "Customers": customers}


def test_a_row_for_each_customer_to_talk_to_and_what_to_say():
    contract = rows("customer product until", ("a", None, np.datetime64("2025-06-30")))
    tables = answers(company(**people(), Contracts=contract), customer_bands=3)[0]
    first, bands = tables["TalkFirst"], tables["CustomerBands"]
    assert first["Rank"].tolist() == list(range(1, len(first) + 1))
    assert (np.diff(first["Customer's money"]) <= 0).all()
    by = first.set_index("Customer")
    assert by.loc["c", "Talk of"] == "p 70.00 to 73.50"
    assert by.loc["c", ["Name", "Prices up", "Prices down"]].tolist() == ["C", 1, 0]
    assert by.loc["b", ["Prices up", "Prices down"]].tolist() == [0, 1]
    assert "a" not in by.index  # bound: no money to talk of
    assert by["Profit change"].sum() == pytest.approx(bands["Profit change"].sum())


def test_the_value_map_is_that_of_the_segment_with_most_revenue_between_the_ends_of_its_line():
    small = seen(
        ("Parks", "yield", 1.0, 2.0, "1", "3"),
        ("Parks", "Price", np.nan, 12.0, "10", "14"),
    )
    points = answers(company(Attributes=small))[0]["MapPoints"]
    assert set(points["Segment"]) == {"Parks"}  # 12,000 against 8,000
    assert points["Point"].astype(object).where(points["Point"].notna(), None).tolist() == [
        None,
        "We",
        "Acme",
        "Best",
        None,
    ]
    named = points.iloc[1:-1].set_index("Point")
    assert named.loc["We", ["Quality", "Price"]].tolist() == [1, 1]
    assert named.loc["Acme", ["Quality", "Price"]].tolist() == pytest.approx([0.5, 10 / 12])
    assert named.loc["Best", ["Quality", "Price"]].tolist() == pytest.approx([1.5, 14 / 12])
    assert points["Price"].isna().tolist() == [True, False, False, False, True]
    assert (points["Fair line"] == points["Quality"]).all()
    assert points["Quality"].iloc[0] < 0.5 < 1.5 < points["Quality"].iloc[-1]


def test_the_dashboard_says_what_targets_risk_and_where_we_are_worth_more():
    from cvm_xl.answers.dashboard import headlines

    found, costs = read(company(Attributes=seen()))
    tables = price_tables(found, costs)[0]
    rows = headlines(found, tables).set_index("Figure")
    total = tables["TargetEffects"].iloc[0]
    assert rows.loc["All prices at target", "Value"] == total["Profit change"]
    risk = total["Units at risk"] / total["Units a year"]
    assert f"risks {risk:.0%} of the units" in rows.loc["All prices at target", "Meaning"]
    assert rows.loc["Value against rivals", ["Value", "Unit"]].tolist() == [0, "of 1 segment"]  # Acme: on the line


def test_the_dashboard_counts_one_as_one():
    from cvm_xl.answers.dashboard import headlines

    found, _ = read(company())
    decided = pd.DataFrame({"Decision": ["Adjust", "Keep"], "Customers": [1, 4], "At stake": [5.0, 0.0]})
    tiers = pd.DataFrame({"Profit": [10.0, -0.5]})
    said = headlines(found, {"ByDecision": decided, "Tiers": tiers}).set_index("Figure")["Meaning"]
    assert said["Acting on decisions"] == "adjust 1 customer (Decisions)"
    assert said["Customers"].startswith("1 loses 0.50")


def test_the_dashboard_says_why_a_chart_is_empty():
    from cvm_xl.answers.dashboard import by_offer, headlines

    found, _ = read(company())
    said = headlines(found, {"Tiers": pd.DataFrame({"Profit": [10.0, -20.0]})}).set_index("Figure")["Meaning"]
    assert said["Whale curve"].startswith("Customers earn nothing together")
    assert said["Customer lifetime value"] == "Not computed, so its chart is empty"
    none = by_offer(None)
    assert none["Offer"].item().startswith("No price bands")
    assert none["Band"].item() == 0  # without a number an axis of percent runs to 1200%


def test_long_names_leave_room_for_the_chart_of_offers_and_are_told_in_full_beside_their_figure():
    from cvm_xl.answers.dashboard import by_offer, headlines

    segment = "Municipal hospitals and nursing homes of the northern districts"
    offer = {"Segment": segment, "Product": "PW-500", "Reference": 10.0, "Floor": 8.0, "Ceiling": 12.0}
    band = by_offer(pd.DataFrame([offer | {"Target": 11.0, "Price today": 9.0, "Net revenue": 1.0}]))
    assert band["Offer"].item() == "Municipal hospita… / PW-500"
    alike = [offer | {"Segment": f"{segment}, {part}"} for part in ("part one", "part two")]
    bands = by_offer(pd.DataFrame(alike).assign(**{"Target": 11.0, "Price today": 9.0, "Net revenue": 1.0}))
    assert bands["Offer"].is_unique
    pnl = pd.DataFrame({"Dimension": ["Total", "Segment", "Segment"], "Item": ["Total", "Labs", segment]})
    for name in ("Net revenue", "Gross margin", "Contribution"):
        pnl[name] = [10.0, 12.0, -2.0]
    row = headlines(read(company())[0], {"SegmentPnL": pnl}).set_index("Figure").loc["Weakest segment"]
    assert row["Value"] == "Municipal hospitals a…"
    assert row["Meaning"].startswith(f"{segment} loses 2")


def test_a_map_without_prices_has_no_points():
    plain = seen()
    tables = answers(company(Attributes=plain[plain["attribute"] != "Price"]))[0]
    assert "ValueMap" in tables
    assert "MapPoints" not in tables


def offered(**settings):
    found, costs = read(company(), **settings)
    return price_tables(found, costs)[0], found.notes


def test_the_what_if_starts_from_everything_a_band_is_computed_from():
    tables, _ = offered(what_if="parks / P; Farms / p")
    assert tables["WhatIfBands"]["Offer"].tolist() == ["Parks / p", "Farms / p"]
    farms = tables["WhatIf"][tables["WhatIf"]["Offer"] == "Farms / p"].set_index("Kind")["As it is"]
    bands = by_segment(tables["PriceBands"]).loc["Farms"]
    assert farms["reference"] == 100
    assert farms["gain"].tolist() == [40, 0]  # and a further one
    assert farms["unit cost"] == bands["Unit cost"]
    assert farms["price"] == 80
    assert farms[["required margin", "incentive share", "fair share", "future value"]].tolist() == [0.1, 0.3, 0.5, 0]
    assert {"slope", "intercept"} <= set(farms.index)
    assert not tables["WhatIf"].duplicated(["Offer", "Assumption", "Kind"]).any()


def test_so_many_offers_with_most_money():
    tables, _ = offered(what_if="1")
    first = tables["PriceBands"].iloc[0]
    assert tables["WhatIfBands"]["Offer"].tolist() == [f"{first['Segment']} / {first['Product']}"]
    assert "WhatIf" not in offered()[0]
    assert "WhatIf" not in offered(what_if="0")[0]


def test_a_long_list_is_cut_aloud():
    segments = [f"S{i}" for i in range(15)]
    values = pd.DataFrame(
        {"segment": segments, "product": "p", "driver": "Rival", "kind": "reference", "amount": 100.0}
    )
    found, costs = read(company(ValueDrivers=values, Segments=pd.DataFrame({"segment": segments})), what_if="15")
    tables = price_tables(found, costs)[0]
    assert len(tables["WhatIfBands"]) == 12
    assert any("15 offers are asked for; it has the first 12" in note for note in found.notes)


@pytest.mark.parametrize(("asked", "wrong"), [("Farms / p; Farm / p", "Farm / p"), ("3", None), ("", None)])
def test_an_offer_that_is_none_is_an_error_that_names_the_nearest(asked, wrong):
    chosen = rows("setting value meaning", ("What if", asked or None, None))
    found = [p for p in check(company(Settings=chosen)) if p.place.table == "Settings"]
    assert [p.value for p in found] == ([wrong] if wrong else [])
    assert all(p.level == "error" and "Did you mean 'Farms / p'" in p.remedy for p in found)


def test_value_drivers_with_their_evidence_the_most_uncertain_money_first():
    values = rows(
        "segment product driver kind amount low high confidence evidence area",
        ("Farms", "p", "Rival", "reference", 100.0, 95.0, 105.0, 0.9, "Quotes", None),
        ("Farms", "p", "Yield", "gain", 40.0, 10.0, None, 0.6, "Sales estimate", "product"),
        ("Farms", "p", "Training", "loss", 5.0, 4.0, 8.0, None, "Interviews", "switching"),
        ("Parks", "p", "Rival", "reference", 100.0, None, None, None, None, None),
    )
    tables = answers(company(ValueDrivers=values))[0]
    found = tables["ValueEvidence"]
    assert found["Driver"].tolist() == ["Yield", "Rival", "Training", "Rival"]
    assert found["Amount"].tolist() == [40, 100, -5, 100]
    assert found[["Low", "High"]].iloc[:3].to_numpy().tolist() == [[10, 40], [95, 105], [-8, -4]]
    units = by_segment(tables["PriceBands"])["Units a year"]
    stakes = [15 * units["Farms"], 5 * units["Farms"], 2 * units["Farms"]]
    assert found["At stake"].iloc[:3].tolist() == pytest.approx(stakes, abs=0.01)
    assert np.isnan(found["At stake"].iloc[3])
    assert found["Area"].iloc[0] == "product"
    evc = found.groupby("Segment")["Amount"].sum()
    assert evc.to_dict() == by_segment(tables["PriceBands"])["EVC"].to_dict()
