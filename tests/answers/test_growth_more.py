"""Potential, white space, look-alikes, alerts, readiness and the cycle of the small company of test_growth."""

import numpy as np
import pandas as pd
import pytest
from answers.books import book, read, rows
from answers.test_growth import again, company

from cvm_xl.answers import answer_from
from cvm_xl.answers.alerts import alerts
from cvm_xl.answers.potential import white_space
from cvm_xl.check import check
from cvm_xl.functions.growth import CVM_WALLET, CVM_WHITESPACE
from cvm_xl.functions.growth_lifecycle import CVM_READINESS, CVM_REFERRAL, CVM_TARGET

SCORED = rows(
    "dimension score weight",
    ("Skills", 3.0, 2.0), ("Skills", 2.0, None), ("Culture", 4.0, None), ("Cooperation", 4.5, 1.0),
)  # fmt: skip
WAYS = ["Retention", "Cross-sell", "Up-sell"]


def grown(**more):
    """A company whose shops are large when they have many seats; every fifth customer tells its wallet."""
    tables = company()
    who = tables["Customers"]
    money = tables["Sales"].groupby("customer")["net_revenue"].sum()
    seats = np.rint(5 + who["customer"].map(money).fillna(0.0) / 40 + np.arange(len(who)) % 7)
    wallet = np.where(np.arange(len(who)) % 5 == 0, who["customer"].map(money).fillna(0.0) / 2 * 1.6, np.nan)
    tables["Customers"] = who.assign(Seats=seats.map("{:.0f}".format), wallet=wallet)
    tables["Surveys"] = rows("date customer recommend", *[(np.datetime64("2025-03-01"), f"C{i:03d}", 10 if i % 2 else 3)
                                                         for i in range(60)])  # fmt: skip
    chosen = {"further_tables": "Potential; WhiteSpace", "referrals": 0.2, "look_alike_by": "Segment; Seats"}
    return answer_from(*read(book(**(tables | more)), **chosen))


@pytest.fixture(scope="module")
def made():
    return grown(Capabilities=SCORED)


def test_potential_is_value_now_and_what_is_added(made):
    table, segments = made.tables["Potential"], made.tables["PotentialBySegment"].set_index("Segment")
    assert np.allclose(table["Potential"], table[["Value now", *WAYS]].sum(axis=1), atol=0.005)
    assert (table[WAYS] >= 0).all().all()
    assert (table.loc[table["P(alive)"] < 0.5, "Retention"] == 0).all()
    sums = table.groupby("Segment")[["Value now", *WAYS, "Potential"]].sum()
    assert np.allclose(segments.loc[sums.index, sums.columns], sums, atol=0.01)
    decided = made.tables["Decisions"].set_index("Customer")["Potential"]
    assert (table.set_index("Customer")["Potential"] == decided.reindex(table["Customer"])).all()


def test_share_of_wallet_is_what_cvm_wallet_gives_and_limits_what_is_sold_more(made):
    table = made.tables["Potential"]
    told = table[table["Wallet"].notna()]
    assert 0 < len(told) < len(table)
    wallet, share = told["Wallet"].to_numpy(), told["Share of wallet"].to_numpy()
    called = CVM_WALLET(wallet * share, wallet, np.full(len(told), 0.6))
    assert np.allclose(called["share"], share)
    assert np.allclose(called["headroom"], told["Headroom"])
    full = told[told["Headroom"] == 0]
    assert len(full)
    assert (full[["Cross-sell", "Up-sell"]] == 0).all().all()


def test_referral_value_stands_apart_and_is_what_cvm_referral_gives(made):
    table = made.tables["Potential"].set_index("Customer")
    worth = table.groupby("Segment")["Value now"].mean()
    value = table["Referral value"]
    assert (value[[f"C{i:03d}" for i in range(0, 60, 2) if f"C{i:03d}" in value.index]] == 0).all()
    who = next(c for c in value.index if value[c] > 0)
    joins = [np.array([x]) for x in (False, worth[table.loc[who, "Segment"]], 0.0, 0.0, 0.0, 0.5, 0.1)]
    assert value[who] == pytest.approx(0.2 * float(CVM_REFERRAL(*joins)[0]), abs=0.006)


def test_white_space_is_what_cvm_whitespace_gives(made):
    table = made.tables["WhiteSpace"].set_index(["Customer", "Product"])
    sales = company()["Sales"]
    found = CVM_WHITESPACE(
        sales["customer"].to_numpy(dtype=object), sales["product"].to_numpy(dtype=object),
        (sales["net_revenue"] - sales["cost_of_goods"]).to_numpy(dtype=float), 3,
    )  # fmt: skip
    called = pd.DataFrame(found).set_index(["customer", "product"]).loc[table.index]
    for header in ("Propensity", "Support", "Lift"):
        assert np.allclose(called[header.lower()].astype(float), table[header].astype(float))
    assert (table["Lift"] > 1).all()
    assert (table["Support"] >= 0.01).all()


def test_nobody_is_proposed_what_it_had_returned_or_what_ended(made):
    proposed = made.tables["WhiteSpace"]
    bought = set(zip(*(company()["Sales"][c] for c in ("customer", "product")), strict=True))
    assert not bought & set(zip(proposed["Customer"], proposed["Product"], strict=True))
    who, what = proposed[["Customer", "Product"]].iloc[0]
    tables = company()
    days = [np.datetime64("2025-01-05"), np.datetime64("2025-01-20")]
    lines = [(d, who, what, q, 20.0 * q, 12.0 * q, f"R{q}") for d, q in zip(days, (1, -1), strict=True)]
    back = rows("date customer product quantity net_revenue cost_of_goods order", *lines)
    tables["Sales"] = pd.concat([tables["Sales"], back], ignore_index=True)
    after = white_space(read(book(**tables))[0])
    assert what not in set(after.loc[after["Customer"] == who, "Product"])
    assert what in set(after["Product"])
    ended = rows("product ended", (what, np.datetime64("2025-06-01")))
    assert what not in set(white_space(read(book(**tables, Products=ended))[0])["Product"])
    sales = tables["Sales"]
    quiet = sales[(sales["product"] != what) | (sales["date"] <= np.datetime64("2025-06-01"))]
    assert what not in set(white_space(read(book(**tables | {"Sales": quiet}))[0])["Product"])


def test_likeness_tells_on_customers_that_were_not_fitted_to(made):
    lift = made.tables["LookAlikeLift"]
    assert lift["Lift"].iloc[0] > 2
    rate = lift["Best"].sum() / lift["Customers"].sum()
    assert np.allclose(lift["Lift"], lift["Best"] / lift["Customers"] / rate)
    alike = made.tables["LookAlikes"]
    assert (np.diff(alike["Likeness"]) <= 0).all()
    tiers = made.tables["Tiers"].set_index("Customer")
    assert "Top" not in set(tiers.loc[alike["Who"], "Tier"])
    assert "look_alike" in set(made.tables["Model"]["Model"])
    score = alike["Likeness"].to_numpy()
    assert CVM_TARGET(score, np.zeros(score.size), np.zeros(score.size))["lift"][0] > 1


def test_prospects_are_scored_and_those_of_unknown_levels_are_left_out():
    prospects = rows("prospect name segment Seats", ("p1", "Large", "Shops", "90"), ("p2", "Small", "Homes", "5"),
                     ("p3", "Strange", "Ships", "9"), ("p4", "Silent", "Shops", None))  # fmt: skip
    made = grown(Prospects=prospects)
    assert list(made.tables["LookAlikes"]["Who"]) == ["p1", "p2"]
    assert made.tables["LookAlikes"]["Because of"][0].startswith("Seats 90")
    assert "Readiness" not in made.tables
    assert any("2 lack one of Segment, Seats" in note for note in made.notes)


def test_attributes_that_are_not_there_are_refused_with_a_remedy():
    tables = company()
    given = book(**tables, Settings=rows("setting value", ("Look-alike by", "Segment; Ownr")))
    (problem,) = [p for p in check(given) if p.level == "error"]
    assert (problem.value, problem.message) == ("Ownr", "Look-alike by names no column of Customers")
    assert "Owner" in problem.remedy


def test_alerts_are_new_then_standing_then_over(made):
    first = made.tables["Alerts"]
    assert set(first["Status"]) == {"new"}
    assert {"May have left", "Costly to serve"} <= set(first["Alert"])
    life, tiers = (made.tables[n].set_index("Customer") for n in ("Lifetime", "Tiers"))
    low = life.index[(life["P(alive)"] < 0.5) & (tiers.loc[life.index, "Profit"] > 0)]
    assert set(first.loc[first["Alert"] == "May have left", "Object"]) == set(low)
    dear = tiers.index[(tiers["Revenue"] > 0) & (tiers["Cost to serve"] > 0.75 * tiers["Revenue"])]
    assert set(first.loc[first["Alert"] == "Costly to serve", "Object"]) == set(dear)
    former = {"Tiers": made.tables["Tiers"], "Alerts": first, "Cycle": made.tables["Cycle"]}
    second = again(made, former)
    assert second["Alerts"].equals(first)  # nothing changed: the news stay
    assert second["Cycle"].equals(made.tables["Cycle"])
    eased = again(made, former, alert_cost_to_serve=5.0)["Alerts"]
    assert set(eased["Status"]) == {"standing", "over"}
    over = eased[eased["Status"] == "over"]
    assert set(over["Alert"]) == {"Costly to serve"}
    assert over["Now"].isna().all()
    assert again(made, former | {"Alerts": eased}, alert_cost_to_serve=5.0)["Alerts"].equals(eased)
    last = again(made, former | {"Alerts": eased}, alert_cost_to_serve=5.0, alert_p_alive=0.4)
    assert set(last["Alerts"]["Status"]) == {"standing", "over"}
    assert set(last["Alerts"].query("Status == 'over'")["Alert"]) == {"May have left"}
    assert last["AlertSummary"]["Standing"].sum() == (last["Alerts"]["Status"] == "standing").sum()


def test_alerts_that_an_earlier_version_wrote_are_the_same_news(made):
    offer = {"Segment": "Shops", "Product": "Desk", "Price today": 1200.0, "Floor": 12_345.5, "Units a year": 3.0}
    bands = {**made.tables, "PriceBands": pd.DataFrame([offer])}
    first = alerts(made.facts, bands, {})
    low = first["Alert"] == "Price below floor"
    assert list(first.loc[low, ["Now", "Threshold"]].iloc[0]) == ["1\u00a0200.00", "12\u00a0345.50"]
    old = first.assign(
        Now=first["Now"].str.replace("\u00a0", ","), Threshold=first["Threshold"].str.replace("\u00a0", ",")
    )
    assert alerts(made.facts, bands, {"Alerts": old}).equals(first)
    moved = made.tables["Cycle"].assign(Changed="+12,345 rows")
    assert set(again(made, {"Cycle": moved})["Cycle"]["Changed"]) == {"+12\u00a0345 rows"}


def test_who_fell_a_tier_is_named_until_it_is_back(made):
    tiers = made.tables["Tiers"].copy()
    who = tiers.loc[tiers["Tier"] == "Middle", "Customer"].iloc[0]
    better = tiers.assign(Tier=tiers["Tier"].where(tiers["Customer"] != who, "Top"))
    better["Profit"] = better["Profit"] + 100.0 * (better["Customer"] == who)
    once = again(made, {"Tiers": better})["Alerts"]
    (fell,) = once[once["Alert"] == "Tier fell"].to_dict("records")
    assert (fell["Object"], fell["Status"], fell["Before"], fell["Now"]) == (who, "new", "Top", "Middle")
    assert fell["At stake"] == pytest.approx(100 / (700 / 365.25), rel=0.01)
    assert again(made, {"Tiers": tiers, "Alerts": once})["Alerts"].equals(once)
    later = again(made, {"Tiers": tiers, "Alerts": once}, alert_p_alive=0.4)["Alerts"]
    (fell,) = later[later["Alert"] == "Tier fell"].to_dict("records")
    assert (fell["Status"], fell["Before"]) == ("standing", "Top")


def test_readiness_is_what_cvm_readiness_gives_and_names_the_weakest_link(made):
    table, quality = made.tables["Readiness"].set_index("Dimension"), made.tables["DataQuality"]
    body = table.drop("All")
    assert body.loc["Skills", ["Score", "Weight"]].tolist() == [2.5, 2.0]
    assert body.loc["Data quality", "Score"] == pytest.approx(quality["Score"].mean())
    called = CVM_READINESS(
        body.index.to_numpy(dtype=object), *(body[n].to_numpy(dtype=float) for n in ("Score", "Weight"))
    )
    assert table.loc["All", "Score"] == pytest.approx(called["index"])
    assert called["weakest"] == "Skills"
    assert table.loc["Skills", "Reading"].startswith("The weakest link: raise it to level 3")
    shares = quality.set_index("Measure")["Share"]
    assert shares["Revenue with a customer"] == 1
    assert shares["Customers with a wallet"] == pytest.approx(0.2)


def test_the_cycle_says_what_is_filled_and_what_to_do(made):
    table = made.tables["Cycle"].set_index("Sheet")
    assert list(dict.fromkeys(table["Step"])) == ["Discover", "Commit", "Create", "Assess", "Improve"]
    assert table.loc["Sales", "Rows"] == len(company()["Sales"])
    assert table.loc["Offers", "Next"].startswith("Fill it: Prices offered")
    assert table.loc["Tiers", "Value"] == pytest.approx(made.tables["Tiers"]["Profit"].sum(), abs=0.01)
    assert table.loc["Decisions", "Next"].startswith("Begin with C")
