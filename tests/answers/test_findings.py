"""Sentences say what the tables say: number, sign, currency; and nothing that the tables do not carry."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvm_xl.answers import findings
from cvm_xl.answers.excerpts import shortened, waterfall, whale
from cvm_xl.answers.findings import at_risk, price_gain
from cvm_xl.answers.summary import actions, basis, figures, headline
from cvm_xl.answers.words import Money, counted, listed, lowered, plural, share, short
from cvm_xl.functions.value import CVM_WHALE

EUR = Money("EUR", 2)
AFTER = "after cost to serve"


def tiers(*profits, **more):
    """Tiers of customers with these profits, best first."""
    ordered = sorted(map(float, profits), reverse=True)
    table = pd.DataFrame({"Customer": [f"C{i}" for i in range(len(ordered))], "Profit": ordered})
    table["Revenue"] = more.get("revenue", np.abs(table["Profit"]) + 10)
    table["Gross margin"] = more.get("margin", table["Profit"] + 5)
    return table.assign(Name=None, Tier=["Top"] * len(table))


def block(**amounts):
    return pd.DataFrame({"Item": list(amounts), "Contribution": [float(a) for a in amounts.values()]})


def total(net=1000.0, discounts=0.0, goods=0.0, **pools):
    row = {"Lines": 10, "List revenue": net - discounts, "Discounts": discounts, "Net revenue": net}
    row |= {"Cost of goods": goods, "Gross margin": net + goods} | pools
    return pd.Series(row | {"Contribution": net + goods + sum(pools.values())})


# --- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (425_337.24, "EUR 425\u00a0000"),
        (8_411_107.07, "EUR 8.41 million"),
        (-127_091.24, "-EUR 127\u00a0000"),
        (999_960, "EUR 1 million"),
        (2.5e9, "EUR 2.5 billion"),
        (999, "EUR 999"),
        (9.5, "EUR 9.50"),
        (0.0, "EUR 0.00"),
        (-0.0004, "EUR 0.00"),
    ],
)
def test_money_has_three_digits_sign_and_currency(amount, said):
    assert EUR(amount) == said


def test_money_without_cents_and_without_a_currency():
    assert Money("JPY", 0)(9.4) == "JPY 9"
    assert Money("", 2)(-12_345) == "-12\u00a0300"
    assert EUR.signed(12_000) == "+EUR 12\u00a0000"
    assert EUR.signed(-12_000) == "-EUR 12\u00a0000"
    assert Money("JPY", 0).unit_price(1234.4) == "JPY 1\u00a0234"


@settings(max_examples=60)
@example(1000.0)
@given(st.floats(-1e13, 1e13).filter(lambda x: abs(x) >= 10))
def test_money_in_words_is_within_half_a_percent(amount):
    said = EUR(amount)
    factor = {"million": 1e6, "billion": 1e9, "trillion": 1e12}.get(said.split()[-1], 1.0)
    value = float(re.search(r"\d[\d\u00a0.]*", said)[0].replace("\u00a0", "")) * factor
    assert value == pytest.approx(abs(amount), rel=0.0051, abs=0.51 if abs(amount) < 1000 else 0)
    assert said.startswith("-") == (amount < 0)


def test_little_words():
    assert [share(x) for x in (0.003, 0, 0.123, 0.997, 1, 1.54, -0.2)] == [
        "under 1%", "0%", "12%", "over 99%", "100%", "154%", "-20%",
    ]  # fmt: skip
    assert counted(1, "customer") == "1 customer"
    assert counted(1200, "customer") == "1\u00a0200 customers"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert [lowered(n) for n in ("Segment", "VIP", "Segment x Channel")] == [
        "segment", "VIP", "pair of segment and channel",
    ]  # fmt: skip
    assert [plural(n) for n in ("Country", "Touch-point", "Segment x Channel")] == [
        "countries", "touch-points", "pairs of segment and channel",
    ]  # fmt: skip
    assert short("a " * 100).endswith("…")
    assert len(short("x" * 200)) == 45


# --- who earns and who loses -------------------------------------------------------------------------------------


def test_customers_who_earn_and_lose():
    # Best 20% of ten are two: 225 of a total of 100.
    said = findings.customers(tiers(150, 75, 0, 0, 0, 0, 0, 0, 0, -125), EUR, AFTER)
    assert said == "The best 20% of customers earn 225% of profit after cost to serve; 1 of 10 customers loses EUR 125."


def test_customers_none_of_whom_loses():
    assert findings.customers(tiers(5, 4, 3, 2, 1), EUR, AFTER).endswith("; no customer loses money.")


def test_a_total_that_is_negative_has_no_shares():
    said = findings.customers(tiers(10, 5, -100), EUR, AFTER)
    assert said == "Customers together lose EUR 85 after cost to serve: 2 of 3 earn EUR 15, 1 loses EUR 100."
    assert "%" not in said
    assert "All 2 customers lose EUR 30 together" in findings.customers(tiers(-10, -20), EUR, AFTER)


def test_a_total_near_zero_is_not_said_as_a_share_of_it():
    said = findings.customers(tiers(1000, 500, 0, 0, -1499), EUR, AFTER)
    assert "EUR 1\u00a0000" in said
    assert "%" not in said.replace("20%", "")


@pytest.mark.parametrize(
    ("profits", "said"),
    [
        ((), "No sales line has a customer, so nothing can be said of customers."),
        ((7,), "The one customer earns EUR 7.00 after cost to serve."),
        ((-7,), "The one customer loses EUR 7.00 after cost to serve."),
        ((0, 0), "2 customers neither earned nor lost anything after cost to serve."),
    ],
)
def test_too_few_customers_to_say_more(profits, said):
    assert findings.customers(tiers(*profits), EUR, AFTER) == said


@settings(max_examples=60)
@given(st.lists(st.integers(-1000, 1000), min_size=5, max_size=40))
def test_the_sentence_on_customers_counts_those_who_lose(profits):
    said = findings.customers(tiers(*profits), EUR, AFTER)
    losing = sum(p < 0 for p in profits)
    if losing and sum(profits) > 0:
        assert re.search(rf"\b{losing} of {len(profits)} customers loses? EUR", said)
    if sum(profits) <= 0 and any(profits):
        assert "% of profit" not in said


def test_marks_of_the_whale_curve_are_its_peak_and_what_is_given_back():
    table = tiers(150, 75, *[0] * 7, -125)
    curve = pd.DataFrame(CVM_WHALE(table["Profit"].to_numpy()))
    curve.columns = [c.replace("_", " ").capitalize() for c in curve.columns]
    shown, marks = whale(curve, table, EUR)
    assert list(shown.columns) == ["Customers share", "Cumulative share"]
    said = dict(zip(marks["At"], marks["Text"], strict=True))
    assert said["Peak"] == "2 customers earn EUR 225 (225%)"
    assert said["End"] == "1 customer loses EUR 125 (125%): EUR 100 is left"
    shown, marks = whale(curve.assign(**{"Cumulative share": np.nan}), tiers(10, -30), EUR)
    assert shown.columns[1] == "Cumulative profit"
    assert marks["Text"].tolist() == ["1 customer earns EUR 10", "1 customer loses EUR 30: EUR 20 is lost"]


# --- profit and loss ---------------------------------------------------------------------------------------------


def test_items_of_a_dimension():
    said = findings.pnl(block(Labs=256_000, Cleaners=-127_000, Unassigned=9e9), "Segment", EUR)
    assert said == "The segment Cleaners loses EUR 127\u00a0000; the best earns EUR 256\u00a0000: Labs."
    said = findings.pnl(block(a=5000, b=-1000, c=-3000), "Country", EUR)
    assert said == (
        "2 of 3 countries lose EUR 4\u00a0000 together, at worst EUR 3\u00a0000: c; the best earns EUR 5\u00a0000: a."
    )
    said = findings.pnl(block(a=5000, b=1000), "VIP", EUR)
    assert said == "Every VIP earns: at most EUR 5\u00a0000, a; at least EUR 1\u00a0000, b."
    assert findings.pnl(block(a=-1, b=-2), "Segment", EUR).startswith("All 2 segments lose EUR 3.00 together")
    assert findings.pnl(block(**{"All customers": 5.0}), "Segment", EUR).startswith("No segment is known")
    assert findings.pnl(block(One=-50), "Segment", EUR) == "The only segment, One, loses EUR 50."


def test_what_is_left_of_list_price():
    said = findings.cost_to_serve(total(800, -200, -400, Delivery=-100.0, Returns=-50.0), ["Delivery", "Returns"], EUR)
    assert said == (
        "Of EUR 1\u00a0000 at list price, EUR 250 (25%) is left after discounts of 20%, cost of goods of 40% and cost "
        "to serve of 15%. The largest pool is Delivery, EUR 100."
    )
    assert "is lost" in findings.cost_to_serve(total(100, 0, -200), [], EUR)
    assert "before any cost to serve" in findings.cost_to_serve(total(100, 0, -20), [], EUR)
    assert "mean nothing" in findings.cost_to_serve(total(-100, 0, 20), [], EUR)
    assert findings.cost_to_serve(total(100, 0, -20, Delivery=0.0), ["Delivery"], EUR).endswith("come to nothing.")


@settings(max_examples=40)
@given(
    st.lists(st.integers(-500, 500), min_size=0, max_size=20),
    st.integers(-1000, 1000),
    st.integers(-300, 300),
    st.integers(-1000, 0),
)
def test_a_waterfall_goes_from_step_to_step_and_ends_at_contribution(pools, net, discounts, goods):
    costs = {f"P{i}": float(cost) for i, cost in enumerate(pools)}
    row = total(float(net), float(discounts), float(goods), **costs)
    steps = waterfall(row, list(costs))
    assert steps["End"].iloc[-1] == pytest.approx(row["Contribution"])
    levels = steps["Kind"] == "level"
    assert (steps.loc[levels, "Start"] == 0).all()
    assert steps["End"].to_numpy()[:-1][~levels[1:]] == pytest.approx(steps["Start"].to_numpy()[1:][~levels[1:]])
    for i in np.flatnonzero(levels)[1:]:
        assert steps["Amount"][i] == pytest.approx(steps["End"][i - 1])
    assert len(steps) <= 15


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(3, 20))
def test_a_shortened_table_keeps_its_sums(rows, most):
    table = pd.DataFrame({"Item": [f"i{k}" for k in range(rows)], "A": np.arange(rows) - 7.0})
    found = shortened(table, most, "Item", ["A"], "things")
    assert found["A"].sum() == table["A"].sum()
    assert len(found) == min(rows, most)
    assert found["Item"].iloc[0] == "i0"
    assert found["Item"].iloc[-1] == f"i{rows - 1}"
    if rows > most:
        assert f"{rows - most + 1} other things" in set(found["Item"])


# --- prices, lifetime value, quality -----------------------------------------------------------------------------


def bands():
    return pd.DataFrame(
        {
            "Segment": ["S"] * 4, "Product": list("abcd"), "Name": ["A", None, "C", "D"],
            "Floor": [5.0, 5, 5, 30], "Ceiling": [15.0, 15, 15, 20], "Target": [12.0, 10, 10, np.nan],
            "Price today": [10.0, 16, np.nan, 10], "Net revenue": [1000.0, 800, 0, 500],
        }
    )  # fmt: skip


def test_gain_by_price_is_at_todays_volume():
    assert price_gain(bands()).tolist() == pytest.approx([200.0, 0, 0, 0])  # 100 units, 2 more each
    assert findings.prices(bands(), EUR) == (
        "1 of 4 offers is priced below target: at today's volumes the target prices would bring EUR 200 more in the "
        "period; 1 is dearer than customers' value allows; 1 costs more to serve than customers' value allows."
    )
    unsold = bands().iloc[[2]]
    assert "no price of today can be judged" in findings.prices(unsold, EUR)


def test_who_is_likely_gone():
    life = pd.DataFrame({"Customer": ["C0", "C1", "C2"], "Tier": ["Top", "Top", "Low"], "P(alive)": [0.2, 0.9, 0.1]})
    found = at_risk(life, tiers(100, 50, 20))
    assert found["Customer"].tolist() == ["C0"]
    assert found["Profit"].tolist() == [100.0]


def test_lifetime_value_that_is_not_positive_says_why():
    life = pd.DataFrame({"CLV": [-5.0, -6.0]})
    by_tier = pd.DataFrame({"Tier": ["Top", "Low"], "Customers": [1, 1], "CLV": [-5.0, -6.0]})
    said = findings.lifetime(life, by_tier, "over the next 52 weeks", EUR)
    assert said == "2 customers are worth -EUR 11 over the next 52 weeks: margins after cost to serve are not positive."


def test_quality_says_what_differs_and_what_has_no_customer():
    checks = pd.DataFrame({"Status": ["OK", "OK", "look here"]})
    assert findings.quality(checks, 0.0, 0, 100.0, EUR) == "1 of 3 checks differs: see which below."
    said = findings.quality(checks.head(2), 50.0, 3, 1000.0, EUR)
    assert said == (
        "All 2 checks agree to the last digit. 3 sales lines without a customer, EUR 50 (5% of net revenue), are "
        "reported as Unassigned."
    )


# --- summary -----------------------------------------------------------------------------------------------------


def answers(row, ranked, wrong=0, **more):
    pnl = pd.DataFrame([row]).assign(Dimension="Total", Item="Total")
    checks = pd.DataFrame({"Status": ["OK"] * 3 + ["look here"] * wrong})
    return {"SegmentPnL": pnl, "Tiers": ranked, "Checks": checks} | more


def test_the_basis_of_profit_names_what_is_not_given():
    assert basis(total(100, 0, -50, A=-1.0), ["A"]) == "after cost to serve"
    assert "cost of goods is not given" in basis(total(100, 0, 0, A=-1.0), ["A"])
    assert "no cost pools are given" in basis(total(100, 0, -50), [])
    assert "none are given" in basis(total(100), [])


def test_the_headline():
    tables = answers(total(1000, 0, -600, A=-100.0), tiers(400, -100))
    assert headline(tables, "Acme", AFTER, EUR) == (
        "Acme keeps EUR 300 of EUR 1\u00a0000 net revenue (30%) after cost to serve; 1 of 2 customers loses EUR 100."
    )
    tables = answers(total(1000, 0, -1600), tiers(-400, -200))
    assert headline(tables, "", AFTER, EUR) == (
        "The company loses EUR 600 on net revenue of EUR 1\u00a0000 after cost to serve; all 2 customers lose EUR 600 "
        "together."
    )


def test_actions_come_by_their_money_and_say_what_is_missing():
    ranked = tiers(500, 300, -100, -200)
    tables = answers(total(1000, 0, -400, A=-100.0), ranked.assign(**{"Gross margin": [600, 400, 20, -50]}))
    found, missing = actions(tables, ["A"], EUR)
    assert [a.amount for a in found] == [100.0, 50.0]
    assert found[0].what == "Serve 1 customer at less cost, or charge for it"
    assert any("value drivers" in text for text in missing)
    assert any("lifetime" in text for text in missing)
    found, _ = actions(answers(total(1000, 0, -400, A=-100.0), ranked, wrong=1), ["A"], EUR)
    assert found[0].what == "First find out why 1 check differs"


def test_what_is_about_little_money_is_no_action():
    ranked = tiers(500, 300, -1).assign(**{"Gross margin": [500, 300, 1]})
    found, missing = actions(answers(total(100_000, 0, -400, A=-100.0), ranked), ["A"], EUR)
    assert not found
    assert "Nothing found is about more than 0.5% of net revenue." in missing


def test_figures_are_five_where_there_is_enough_to_say():
    tables = answers(total(1000, 0, -600, A=-100.0), tiers(400, -100, 5, 5, 5))
    found = figures(tables, ["A"], "for ever", "EUR", EUR)
    assert [f.name for f in found] == [
        "Net revenue", "Contribution", "Customers who lose money", "Cost to serve", "Gross margin",
    ]  # fmt: skip
    assert [f.value for f in found] == [1000, 300, 1, 100, 400]
