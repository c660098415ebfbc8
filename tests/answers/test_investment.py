"""The budget shared out: published allocations through the tables, bounds priced, and no plan better than the best."""

import numpy as np
import pandas as pd
import pytest
from answers.books import book, read, rows

from cvm_xl.answers.investment import investment
from cvm_xl.check import check
from cvm_xl.functions.growth import CVM_ADBUDG, CVM_INVEST, CVM_RESPONSE
from cvm_xl.kinds import Named
from cvm_xl.models.response import Curve, Curves, calibrate_adbudg

SALES = rows(
    "date customer product quantity net_revenue cost_of_goods",
    (np.datetime64("2024-01-01"), "a", "p", 1.0, 10.0, 6.0),
    (np.datetime64("2024-12-30"), "b", "p", 1.0, 10.0, 6.0),
)


def budgets(*given, **more):
    """Rows of Budgets: unit and spend, and what else is named for all of them."""
    frame = pd.DataFrame(list(given), columns=["unit", "spend"])
    return frame.assign(**{name: [v] * len(frame) if np.isscalar(v) else list(v) for name, v in more.items()})


def history(**curves):
    spend = np.array([10.0, 50, 100, 400, 900, 1600, 2500])
    parts = [pd.DataFrame({"unit": unit, "spend": spend, "response": f(spend)}) for unit, f in curves.items()]
    return pd.concat(parts, ignore_index=True)


ROOTS = history(Mail=lambda x: 10 * np.sqrt(x), Web=lambda x: 20 * np.sqrt(x), Visits=lambda x: 40 * np.sqrt(x))


def answered(frame, past=None, **settings):
    tables = {"Sales": SALES, "Budgets": frame} | ({} if past is None else {"SpendHistory": past})
    facts, _ = read(book(**tables), **settings)
    return investment(facts), facts.notes


def by_unit(tables):
    return tables["Investment"].set_index("Unit")


def test_published_allocation_from_history():
    tables, notes = answered(budgets(("Mail", 700), ("Web", 700), ("Visits", 700), form="power"), ROOTS)
    assert notes == []
    table = by_unit(tables)
    assert table.loc[["Mail", "Web", "Visits"], "Best"].tolist() == [100, 400, 1600]
    assert table["Next unit best"].to_numpy() == pytest.approx(0.5, rel=1e-6)
    assert table["Bound"].isna().all()
    assert table["Evidence"].str.startswith("power fitted to 7 rows, R2 1.00, spends 10 to 2\u00a0500").all()
    plans = tables["InvestmentPlans"].set_index("Plan")
    assert plans.loc["Best", "Worth"] == pytest.approx(10 * 10 + 20 * 20 + 40 * 40)
    assert plans.loc["Best", "Next unit"] == pytest.approx(0.5, rel=1e-6)
    assert plans.loc["Today", "Worth"] == pytest.approx(70 * np.sqrt(700), abs=0.01)


def test_a_cut_is_shared_out_better_than_in_proportion():
    frame = budgets(("Mail", 700), ("Web", 700), ("Visits", 700), form="power")
    tables, _ = answered(frame, ROOTS, budget=1890.0)
    table = by_unit(tables)
    assert table["In proportion"].tolist() == [630] * 3
    assert table["Best"].sum() == pytest.approx(1890)
    assert table["Change"].sum() == pytest.approx(-210, abs=0.02)
    plans = tables["InvestmentPlans"].set_index("Plan")
    assert plans.loc["Best", "Against proportion"] > 0
    assert plans.loc["Best", "Spend"] == plans.loc["Today, in proportion to the budget", "Spend"] == 1890
    assert table.loc["Mail", "Why"].startswith("Less: today one more brings 0.19, in the best plan 0.53")
    assert table.loc["Visits", "Why"].startswith("More:")


def test_the_trap_of_two_s_curves_is_not_walked_into():
    judged = {"zero": 0.0, "current": 5.882352941, "saturation": 100.0}
    s = calibrate_adbudg(0.0, 100 / 17, 100 * 7.5**4 / (1e4 + 7.5**4), 100.0, 5.0)
    assert s["c"] == pytest.approx(4)
    frame = budgets(("One", 5), ("Two", 5), **judged, plus_50=100 * 7.5**4 / (1e4 + 7.5**4))
    tables, _ = answered(frame)
    assert sorted(tables["Investment"]["Best"]) == [0, 10]
    assert tables["InvestmentPlans"].set_index("Plan").loc["Best", "Worth"] == pytest.approx(50, abs=0.01)
    spent = by_unit(tables).loc[lambda t: t["Best"] > 0].iloc[0]
    assert spent["Seen up to"] == 7.5
    assert spent["Why"].endswith("a guess beyond the 8 on record: go there in steps")
    careful = tables["InvestmentPlans"].set_index("Plan").loc["Best, only as far as spending was seen"]
    assert careful["Worth"] < 50
    assert careful["Spend"] == pytest.approx(10)


def test_bounds_fixed_at_today_return_today():
    spend = [300.25, 700.5, 123.75]
    frame = budgets(*zip(("Mail", "Web", "Visits"), spend, strict=True), least=spend, most=spend, form="power")
    tables, _ = answered(frame, ROOTS)
    table = by_unit(tables)
    assert table["Best"].tolist() == table["Spend today"].tolist()
    assert table["Response best"].tolist() == table["Response today"].tolist()
    assert set(table["Bound"]) == {"fixed"}
    plans = tables["InvestmentPlans"].set_index("Plan")
    assert plans.loc["Today", "Worth"] == plans.loc["Best", "Worth"]


def test_what_a_bound_costs_is_the_difference_of_two_plans():
    frame = budgets(
        ("Mail", 700), ("Web", 700), ("Visits", 700), form="power", least=[300, 0, 0], most=[9e9, 9e9, 1000]
    )
    table = by_unit(answered(frame, ROOTS)[0])
    assert table["Bound"].fillna("").to_dict() == {"Mail": "lower", "Web": "", "Visits": "upper"}
    grid = Named(
        np.array([["power"] * 3, [10, 20, 40], [0.5] * 3], dtype=object), ["Mail", "Web", "Visits"], ["model", "a", "b"]
    )

    def worth(lower, upper):
        plan = CVM_INVEST(2100.0, grid, None, np.array(lower, float), np.array(upper, float), np.ones(3))
        return plan["response"].sum()

    both = worth([300, 0, 0], [9e9, 9e9, 1000])
    assert table.loc["Mail", "Bound costs"] == pytest.approx(worth([0, 0, 0], [9e9, 9e9, 1000]) - both, abs=0.02)
    assert table.loc["Visits", "Bound costs"] == pytest.approx(worth([300, 0, 0], [9e9] * 3) - both, abs=0.02)
    assert np.isnan(table.loc["Web", "Bound costs"])


def test_a_least_share_is_of_the_budget():
    frame = budgets(("Mail", 700), ("Web", 700), ("Visits", 700), form="power", least_share=[0.2, np.nan, np.nan])
    table = by_unit(answered(frame, ROOTS, budget=1000.0)[0])
    assert table.loc["Mail", "Best"] == pytest.approx(200)
    assert table.loc["Mail", "Bound"] == "lower"


def test_the_frontier_rises_and_todays_plan_lies_below_it():
    frame = budgets(("Mail", 700), ("Web", 500), ("Visits", 200), form="power")
    tables, _ = answered(frame, ROOTS, budget=1260.0)
    line = tables["Frontier"]
    assert (np.diff(line["Budget"]) > 0).all()
    assert (np.diff(line["Worth"]) >= 0).all()
    here = line[line["Plan today"].notna()].iloc[0]
    assert here["Budget"] == 1400
    assert here["Plan today"] < here["Worth"]
    assert line[line["Plan best"].notna()]["Budget"].tolist() == [1260]
    curves = tables["ResponseCurves"]
    assert list(curves) == ["Times today", "Visits", "Mail", "Web", "All of them"]
    at_today = curves[np.isclose(curves["Times today"], 1)].iloc[0]
    assert at_today["Mail"] == pytest.approx(10 * np.sqrt(700))


def test_a_unit_without_a_curve_keeps_what_it_has():
    frame = budgets(("Mail", 700), ("Fairs", 400), ("Visits", 700), form="power")
    tables, notes = answered(frame, ROOTS, budget=1500.0)
    assert "Fairs" not in by_unit(tables).index
    assert by_unit(tables)["Best"].sum() == pytest.approx(1100)
    assert notes == ["Investment: Fairs has no curve and keeps today's spend"]
    tables, notes = answered(budgets(("Fairs", 400)))
    assert tables == {}
    assert "no row of Budgets has a curve" in notes[-1]


def test_judgements_give_the_curve_of_the_function():
    frame = budgets(("A", 20), ("B", 30), zero=47.0, current=100.0, plus_50=126.0, saturation=152.0)
    table = by_unit(answered(frame)[0])
    assert table["Response today"].tolist() == pytest.approx([100, 100])
    model = CVM_ADBUDG(47.0, 100.0, 126.0, 152.0, spend=20.0)
    best = table.loc["A", "Best"]
    assert table.loc["A", "Response best"] == pytest.approx(CVM_RESPONSE(model, np.array([best]))[0], abs=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_no_plan_of_ten_thousand_is_better_with_s_curves(seed):
    rng = np.random.default_rng(seed)
    k, budget = 6, 60.0
    half, c, a = rng.uniform(3, 25, k), rng.uniform(1.5, 6, k), rng.uniform(20, 100, k)
    curves = [Curve("adbudg", a[i], 0.0, c[i], half[i] ** c[i]) for i in range(k)]
    grid = Named(np.array([["adbudg"] * k, a, [0.0] * k, c, half**c], dtype=object), [*"ABCDEF"], ["model", *"abcd"])
    lower, upper = np.where(np.arange(k) < 2, 2.0, 0.0), np.where(np.arange(k) > 3, 20.0, 1e9)
    best = CVM_INVEST(budget, grid, None, lower, upper, np.ones(k))
    share = rng.dirichlet(np.full(k, 0.4), 20_000)
    plans = lower + share * (budget - lower.sum())
    plans = plans[(plans <= upper).all(axis=1)][:10_000]
    assert len(plans) == 10_000
    f = Curves.of([curve for curve in curves for _ in range(len(plans))])
    others = f.value(plans.T.ravel()).reshape(k, len(plans)).sum(axis=0)
    assert best["response"].sum() >= others.max()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (budgets(("A", 10), least=20.0, most=5.0), "is above Most"),
        (budgets(("A", 10), least=20.0), "is what the least spends sum to, more than the budget of 10"),
        (budgets(("A", 10), least_share=0.9, most=5.0), "of the budget is more than Most"),
        (budgets(("A", 10), zero=5.0, current=4.0, plus_50=6.0, saturation=9.0), "is not above Zero"),
        (budgets(("A", 10), zero=5.0, current=6.0), "Fill in Plus 50, Saturation, or delete the others"),
    ],
)
def test_budgets_that_cannot_be(frame, words):
    found = [str(problem) for problem in check(book(Sales=SALES, Budgets=frame))]
    assert any(words in text and "Budgets" in text for text in found), found
