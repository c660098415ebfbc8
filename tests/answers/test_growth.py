"""Decisions and what they rest on, for a small company whose figures can be called for one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from answers.books import book, read, rows

from cvm_xl.answers import answer_from
from cvm_xl.answers.decisions import AWARD
from cvm_xl.answers.growth_tables import growth_tables
from cvm_xl.functions.growth import CVM_ACTION
from cvm_xl.functions.lifetime import CVM_LIFETIME
from cvm_xl.functions.price import CVM_ACCEPTANCE

START = np.datetime64("2024-01-01")
PRODUCTS = {"tea": 20.0, "cup": 12.0, "pot": 60.0, "tin": 8.0}
POOLS = rows(
    "pool amount level driver",
    ("Delivery", 9000.0, "order", "orders"),
    ("Calls", 6000.0, "customer", "calls"),
)
VALUES = rows(
    "segment product driver kind amount",
    ("Shops", "pot", "Rival", "reference", 75.0),
    ("Shops", "pot", "Lasts", "gain", 10.0),
    ("Homes", "pot", "Rival", "reference", 70.0),
)


def company(n=240, days=700, seed=2, **more):
    """Customers who buy at rates of their own, half of them shops; tea goes with cups, and pots with tea."""
    rng = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        day, rate, leave = rng.integers(0, 150), rng.gamma(1.4, 1 / 50), rng.beta(1, 9)
        taste = rng.random(4) < (0.8, 0.6, 0.3, 0.2)
        taste[1] |= taste[0] and rng.random() < 0.5
        taste[0] |= not taste.any()
        while day < days:
            for name in np.array(list(PRODUCTS))[taste]:
                if rng.random() < 0.8:
                    units, price = int(rng.integers(1, 5)), PRODUCTS[name] * (0.8 + 0.4 * rng.random())
                    lines.append((START + int(day), f"C{i:03d}", name, units, round(units * price, 2),
                                  round(units * PRODUCTS[name] * 0.6, 2), f"O{len(lines)}"))  # fmt: skip
            if rng.random() < leave:
                break
            day += 1 + rng.exponential(1 / rate)
    lines.append((START + days - 1, "C000", "tea", 1, 20.0, 12.0, "last"))
    sales = rows("date customer product quantity net_revenue cost_of_goods order", *lines)
    who = [f"C{i:03d}" for i in range(n)]
    customers = pd.DataFrame(
        {"customer": who, "segment": np.where(np.arange(n) % 2, "Homes", "Shops"),
         "Owner": np.array(["Ada", "Ben", "Cas"])[np.arange(n) % 3]}
    )  # fmt: skip
    calls = pd.DataFrame({"driver": "calls", "object": who, "volume": rng.exponential(1.0, n) ** 3})
    tables = {"Sales": sales, "Customers": customers, "CostPools": POOLS, "Drivers": calls, "ValueDrivers": VALUES}
    return {name: table for name, table in (tables | more).items() if table is not None}


def answers(tables=None, **chosen):
    return answer_from(*read(book(**(tables or company())), **chosen))


def again(made, former=None, **chosen):
    """The tables of growth alone, with other settings."""
    facts = replace(made.facts, settings={**made.facts.settings, **chosen})
    return growth_tables(facts, made.costs, made.tables, former or {})[0]


@pytest.fixture(scope="module")
def made():
    return answers(development_cost=15.0, development_success=0.4)


def test_every_decision_occurs_and_is_what_cvm_action_gives(made):
    table = made.tables["Decisions"]
    assert set(table["Decision"]) == {"Invest", "Keep", "Adjust", AWARD}
    assert sorted(table["Customer"]) == sorted(made.tables["Lifetime"]["Customer"])
    called = CVM_ACTION(
        *(table[name].to_numpy(dtype=float) for name in ("Value now", "Potential", "Cost")),
        np.full(len(table), 0.4),
        table["Price room"].to_numpy(dtype=float),
        (table["Cost cut"] + table["Stranded"]).to_numpy(dtype=float),
    )
    assert list(np.where(called == "Award", AWARD, called)) == list(table["Decision"])
    assert table["Why"].str.len().min() > 10
    for _, mine in table.groupby("Decision"):
        assert (np.diff(mine["At stake"]) <= 0).all()


@pytest.mark.parametrize("cost", [0.0, 15.0, 200.0, None])
@pytest.mark.parametrize("success", [0.0, 0.4, 1.0])
def test_never_invest_where_the_expected_gain_is_not_above_its_cost(made, cost, success):
    table = again(made, development_cost=cost, development_success=success)["Decisions"]
    invest = table[table["Decision"] == "Invest"]
    assert (success * (invest["Potential"] - invest["Value now"]) > invest["Cost"]).all()
    assert (invest["At stake"] >= 0).all()  # to the cent
    assert len(invest) or success == 0 or cost == 200


def test_value_now_is_lifetime_value_at_the_customers_own_margin(made):
    table = made.tables["Decisions"].set_index("Customer")
    life = made.tables["Lifetime"].set_index("Customer").loc[table.index]
    model = made.tables["Model"]
    models = [
        dict(zip(mine["Name"], mine["Value"], strict=True))
        for kind in ("bgnbd", "gamma_gamma")
        for mine in [model[model["Model"].str.startswith(kind)]]
    ]
    history = [life[name].to_numpy(dtype=float) for name in ("Frequency", "Recency", "Age")]
    spend = life["Monetary"].fillna(0.0).to_numpy(dtype=float)
    called = CVM_LIFETIME(*models, *history, spend, margin=np.ones(len(life)), discount=0.1, horizon=52.0)
    assert np.allclose(called * table["Own margin"], table["Value now"], atol=0.006)


def test_adjustments_bring_the_value_to_zero_or_leaving_would_cost_more(made):
    decisions, steps = made.tables["Decisions"], made.tables["Adjustments"]
    adjust = decisions[(decisions["Decision"] == "Adjust") & (decisions["Value now"] < 0)].set_index("Customer")
    last = steps.groupby("Customer").last().reindex(adjust.index)["Value after"].fillna(adjust["Value now"])
    most = adjust["Value now"] + adjust["Price room"] + adjust["Cost cut"]
    assert np.allclose(last, np.minimum(most, 0.0), atol=0.02)
    assert (last + adjust["Stranded"] > -0.02).all()
    assert (last == 0).any()
    assert np.allclose(steps["Proposed"] / steps["Today"] - 1, steps["By"])
    bands = made.tables["PriceBands"].set_index(["Segment", "Product"])["Ceiling"]
    segment = decisions.set_index("Customer")["Segment"]
    prices = steps[steps["Change"] == "Price"]
    assert len(prices)
    for who, what, today, new in prices[["Customer", "Object", "Today", "Proposed"]].itertuples(index=False):
        assert today < new <= bands[segment[who], what] + 1e-9
    costs = steps[steps["Change"] == "Cost to serve"]
    assert costs["By"].between(-0.25 - 1e-9, 0).all()


def test_who_is_left_to_others_costs_more_than_the_cost_that_stays(made):
    award = made.tables["Decisions"].query("Decision == @AWARD")
    assert (-award["Value now"] > award["Stranded"] + award["Price room"] + award["Cost cut"]).all()
    assert (award["At stake"] > 0).all()
    nothing_stays = again(made, stranded_cost=0.0, cost_cut=0.0)["Decisions"]
    assert (nothing_stays["Decision"] == AWARD).sum() > len(award)
    all_stays = again(made, stranded_cost=1.0)["Decisions"]
    assert (all_stays["Decision"] == AWARD).sum() < len(award)


def test_owners_have_their_customers_and_their_money(made):
    decisions, table = made.tables["Decisions"], made.tables["DecisionsByOwner"].set_index("Owner")
    assert list(table.index.sort_values()) == ["Ada", "Ben", "Cas"]
    assert table["Customers"].sum() == len(decisions)
    for decision, money in (("Invest", "Invest gain"), ("Adjust", "Adjust gain"), (AWARD, "Award gain")):
        mine = decisions[decisions["Decision"] == decision]
        assert table[decision].sum() == len(mine)
        assert table[money].sum() == pytest.approx(mine["At stake"].sum())
    tables = company()
    tables["Customers"] = tables["Customers"].drop(columns="Owner")
    assert list(answers(tables).tables["DecisionsByOwner"]["Owner"]) == ["No owner"]


def test_without_lifetime_there_are_no_decisions_and_it_says_so():
    made = answers(company(n=5, days=30))
    assert "Decisions" not in made.tables
    assert "Lifetime" in made.left_out["Decisions"]


def test_a_budget_for_development_goes_to_those_who_return_most_on_their_cost(made):
    def invested(table):
        return table[table["Decision"] == "Invest"]

    free = invested(again(made, development_cost=None)["Decisions"])
    assert len(free) > 10
    assert np.allclose(free["Return"], (0.4 * (free["Potential"] - free["Value now"])) / free["Cost"] - 1)
    for share in (0.0, 0.3, 0.8):
        budget = share * free["Cost"].sum()
        table = again(made, development_cost=None, development_budget=budget)["Decisions"]
        mine = invested(table)
        assert mine["Cost"].sum() <= budget + 1e-9
        assert set(mine["Customer"]) < set(free["Customer"])
        left = free[~free["Customer"].isin(mine["Customer"])]
        assert mine["Return"].min() >= left["Return"].max() if len(mine) else share == 0.0
        kept = table[table["Customer"].isin(left["Customer"]) & (table["Decision"] == "Keep")]
        assert kept["Why"].str.contains("take the Development budget").all()
    assert len(invested(again(made, development_cost=None, development_budget=1e9)["Decisions"])) == len(free)


def test_a_small_customer_takes_as_much_to_develop_as_the_median_one(made):
    table = again(made, development_cost=None)["Decisions"]
    served = made.tables["Tiers"].set_index("Customer")["Cost to serve"].reindex(table["Customer"]).to_numpy()
    years = (made.facts.dates.max() - made.facts.dates.min()).astype(int) / 365.25
    assert table["Cost"].to_numpy() == pytest.approx(0.1 * np.maximum(served, np.median(served)) / years, rel=0.01)


@pytest.mark.parametrize(
    ("without", "settings", "words"),
    [
        ("cost_of_goods", {"development_cost": 15.0}, "without cost of goods (Unit cost in Products)"),
        ("pools", {}, "what developing a customer costs is not known (Development cost in Settings)"),
    ],
)
def test_what_is_not_known_is_said_and_nobody_is_invested_in(without, settings, words):
    tables = company()
    if without == "pools":
        tables = {name: frame for name, frame in tables.items() if name not in ("CostPools", "Drivers")}
    else:
        tables["Sales"] = tables["Sales"].drop(columns=without)
    made = answers(tables, **settings)
    table = made.tables["Decisions"]
    assert "Invest" not in set(table["Decision"])
    assert table.loc[table["Decision"] == "Keep", "Why"].str.contains(words, regex=False).all()
    assert table["Return"].isna().all()
    assert sum(words in note for note in made.notes) == 1


def test_prices_that_a_contract_binds_give_no_room(made):
    steps = made.tables["Adjustments"]
    who = steps.loc[steps["Change"] == "Price", "Customer"].iloc[0]
    until = START + 900
    bound = answers(
        company(Contracts=rows("customer product until", (who, None, until))),
        development_cost=15.0,
        development_success=0.4,
    )
    mine = bound.tables["Decisions"].set_index("Customer").loc[who]
    assert mine["Price room"] == 0
    assert mine["Why"].endswith(f"a contract binds its prices until {until}")
    after = bound.tables["Adjustments"].query("Customer == @who")
    assert "Price" not in set(after["Change"])
    over = answers(company(Contracts=rows("customer product until", (who, None, START + 300))), development_cost=15.0)
    assert over.tables["Decisions"].set_index("Customer").loc[who, "Price room"] > 0


def test_how_many_will_accept_an_adjusted_price_is_said_where_offers_tell():
    rng = np.random.default_rng(4)
    price = rng.uniform(50, 95, 400)
    accepted = rng.random(400) < 1 / (1 + np.exp(0.15 * (price - 75)))
    offers = pd.DataFrame({"product": "pot", "price": price.round(2), "accepted": accepted})
    made = answers(company(Offers=offers))
    steps = made.tables["Adjustments"]
    pots = steps[steps["Object"] == "pot"]
    assert len(pots)
    assert steps.loc[steps["Object"] != "pot", "Accepted"].isna().all()
    model = made.tables["Model"].set_index("Model").loc["acceptance pot"].set_index("Name")["Value"]
    today, new = (
        CVM_ACCEPTANCE(pots[n].to_numpy(), float(model["intercept"]), float(model["slope"]))
        for n in ("Today", "Proposed")
    )
    assert pots["Accepted"].to_numpy() == pytest.approx(new / today)
    assert pots["Accepted"].between(0, 1).all()
