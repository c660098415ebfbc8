from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from cvm_xl.errors import OutOfRange
from cvm_xl.models.invest import best_allocation, invest
from cvm_xl.models.response import FORMS, Curve, Curves, Parameters

S = Curve("adbudg", 100.0, 0.0, 4.0, 1e4)


def plan(budget, curves, lower=0.0, upper=np.inf, margin=1.0, current=None):
    k = len(curves)
    lower, upper, margin = (np.array(np.broadcast_to(x, k), dtype=float) for x in (lower, upper, margin))
    return invest(budget, [f"U{i}" for i in range(k)], Curves.of(curves), current, lower, upper, margin)


def value(curves, spend, margin=1.0):
    return float((margin * Curves.of(curves).value(np.asarray(spend, dtype=float))).sum())


@pytest.mark.parametrize(
    ("budget", "curves", "spend", "marginal"),
    [
        (2100, [Curve("power", a, 0.5) for a in (10, 20, 40)], [100, 400, 1600], 0.5),
        (100, [Curve("log", 50, 10), Curve("log", 30, 10), Curve("log", 20, 40)], [65, 35, 0], 2 / 3),
        (30, [Curve("exponential", 100, k) for k in (0.1, 0.05)], [14.620981, 15.379019], None),
    ],
)
def test_published_allocations(budget, curves, spend, marginal):
    table = plan(budget, curves)
    assert table["spend"] == pytest.approx(spend, abs=5e-7)
    inside = np.array([word is None for word in table["bound"]])
    assert table["marginal"][inside] == pytest.approx(marginal or table["marginal"][0])
    assert table["bound"].tolist() == [None if x else "lower" for x in spend]


def test_the_trap_of_two_s_curves():
    assert value([S, S], [5, 5]) == pytest.approx(11.76, abs=0.005)
    table = plan(10, [S, S])
    assert table["spend"].tolist() == [10, 0]
    assert table["response"].sum() == pytest.approx(50)
    # With more money both are worth funding.
    assert plan(30, [S, S])["spend"] == pytest.approx([15, 15])
    # A single one takes all, though that is below its inflection.
    assert plan(5, [S])["spend"].tolist() == [5]


def test_against_every_plan_of_a_grid():
    curves = [S, Curve("adbudg", 60.0, 5.0, 3.0, 8.0**3), Curve("log", 15.0, 3.0), Curve("power", 0.05, 1.6)]
    for budget in (6.0, 12.0, 20.0, 35.0):
        x = np.linspace(0, budget, 81)
        each = [Curves.of([curve] * x.size).value(x) for curve in curves]
        total = each[0]
        for part in each[1:]:
            total = np.array([(total[: i + 1] + part[i::-1]).max() for i in range(x.size)])
        best = plan(budget, curves)["response"].sum()
        assert best >= total[-1] - 1e-9
        assert best <= total[-1] * 1.02


unit = st.one_of(
    st.builds(Curve, st.just("power"), st.floats(0.1, 20), st.floats(0.1, 1.5)),
    st.builds(Curve, st.just("log"), st.floats(1, 50), st.floats(0.5, 30)),
    st.builds(Curve, st.just("exponential"), st.floats(5, 100), st.floats(0.01, 0.5)),
    st.builds(
        lambda a, b, c, half: Curve("adbudg", a + b, b, c, half**c),
        st.floats(5, 100),
        st.floats(-10, 50),
        st.floats(0.5, 8),
        st.floats(1, 30),
    ),
)


PLANS = 10_000


def random_plans(rng, budget, lower, upper):
    """Plans (units, PLANS) that are within the bounds and use the budget, from even ones to all in one unit."""
    spread = np.array([0.1, 0.5, 2.0])[rng.integers(0, 3, PLANS)]
    share = rng.gamma(spread, size=(len(lower), PLANS)) + 1e-300
    room = (np.minimum(upper, budget) - lower)[:, None]
    spare, spend = min(budget, upper.sum()) - lower.sum(), np.zeros_like(share)
    for _ in range(len(lower)):  # what is above a bound goes to the units that have room
        share = np.where(spend < room, share, 0.0)
        total = share.sum(axis=0)
        left = np.maximum(spare - spend.sum(axis=0), 0.0)
        spend = np.minimum(spend + left * np.divide(share, total, out=np.zeros_like(share), where=total > 0), room)
    return lower[:, None] + spend


def worth(curves, margin, plans):
    """What each plan brings, unit by unit over all plans."""
    with np.errstate(all="ignore"):
        return sum(
            m * FORMS[curve.form].value(x, Parameters(*map(np.asarray, curve[1:])))
            for m, curve, x in zip(margin, curves, plans, strict=True)
        )


@settings(max_examples=60, deadline=None)
@given(st.lists(unit, min_size=2, max_size=8), st.floats(1, 200), st.integers(0, 2**32 - 1))
def test_never_below_10_000_random_feasible_plans_within_bounds(curves, budget, seed):
    rng, k = np.random.default_rng(seed), len(curves)
    margin = rng.uniform(0, 3, k)
    lower = np.where(rng.random(k) < 0.3, rng.uniform(0, budget / k, k), 0.0)
    upper = np.where(rng.random(k) < 0.3, lower + rng.uniform(0, budget, k), np.inf)
    table = plan(budget, curves, lower, upper, margin)
    spend = table["spend"]
    assert (spend >= lower).all()
    assert (spend <= upper).all()
    assert spend.sum() == pytest.approx(min(budget, upper.sum()))
    best = float((margin * table["response"]).sum())
    others = worth(curves, margin, random_plans(rng, budget, lower, upper))
    assert best >= others.max() - 1e-9 * max(abs(best), 1)
    inside = (spend > lower * (1 + 1e-6) + 1e-6 * budget) & (spend < upper * (1 - 1e-6)) & (margin > 0)
    if inside.sum() > 1 and table["marginal"][inside].min() > 1e-9:
        assert table["marginal"][inside] == pytest.approx(table["marginal"][inside][0], rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 6), st.floats(0.3, 2), st.integers(0, 2**32 - 1))
def test_never_below_10_000_random_plans_on_s_curves_alone(units, tight, seed):
    rng = np.random.default_rng(seed)
    half, bend = rng.uniform(5, 20, units), rng.uniform(2, 8, units)
    curves = [Curve("adbudg", 100.0, 0.0, c, h**c) for h, c in zip(half, bend, strict=True)]
    budget, margin = tight * float(half.sum()), np.ones(units)
    plans = random_plans(rng, budget, np.zeros(units), np.full(units, np.inf))
    assert plans.sum(axis=0) == pytest.approx(np.full(PLANS, budget))
    assert value(curves, plan(budget, curves)["spend"]) >= worth(curves, margin, plans).max() * (1 - 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(unit, min_size=2, max_size=5), st.floats(1, 100))
def test_more_budget_never_lowers_response(curves, budget):
    totals = [plan(b, curves)["response"].sum() for b in budget * np.array([0.5, 0.9, 1.0, 1.05, 2.0])]
    assert all(more >= less - 1e-9 * abs(less) for less, more in pairwise(totals))


@settings(max_examples=25, deadline=None)
@given(st.lists(unit, min_size=2, max_size=5), st.integers(0, 2**32 - 1))
def test_bounds_fixed_at_today_return_today(curves, seed):
    today = np.random.default_rng(seed).uniform(0, 50, len(curves)).round(2)
    table = plan(float(today.sum()), curves, today, today, current=today)
    assert table["spend"].tolist() == today.tolist()
    assert table["response"].tolist() == Curves.of(curves).value(today).tolist()
    assert table["change"].tolist() == [0.0] * len(curves)
    assert table["bound"].tolist() == ["fixed"] * len(curves)


def test_binding_bounds_are_named():
    curves = [Curve("power", a, 0.5) for a in (10, 20, 40)]
    table = plan(2100, curves, [300, 0, 0], [np.inf, np.inf, 1000], current=np.array([700.0, 700, 700]))
    assert table["spend"] == pytest.approx([300, 800, 1000])
    assert table["bound"].tolist() == ["lower", None, "upper"]
    assert table["change"] == pytest.approx([-400, 100, 300])
    # A lower bound binds where the return is below the others', an upper one where it is above.
    assert table["marginal"][0] < table["marginal"][1] < table["marginal"][2]


def test_margin_turns_response_into_money():
    curves = [Curve("power", 10, 0.5)] * 2
    table = plan(500, curves, margin=[1.0, 2.0])
    assert table["spend"] == pytest.approx([100, 400])
    assert table["marginal"] == pytest.approx([0.5, 0.5])
    assert plan(500, curves, margin=[1.0, 0.0])["spend"] == pytest.approx([500, 0])


def test_a_budget_that_upper_bounds_do_not_take_is_left():
    assert plan(100, [S, S], upper=[10, 20])["spend"].tolist() == [10, 20]
    assert plan(0, [S, Curve("power", 1, 0.5)])["spend"].tolist() == [0, 0]


def test_saturated_units_still_take_the_budget():
    table = plan(1e6, [Curve("exponential", 10, 1.0), Curve("exponential", 5, 2.0)])
    assert table["spend"].sum() == pytest.approx(1e6)
    assert table["response"] == pytest.approx([10, 5])


def test_large_problem_against_a_general_optimiser():
    rng = np.random.default_rng(5)
    curves = [Curve("power", a, b) for a, b in zip(rng.uniform(1, 20, 40), rng.uniform(0.2, 0.9, 40), strict=True)]
    f = Curves.of(curves)
    spend = best_allocation(1000.0, f, np.zeros(40), np.full(40, np.inf), np.ones(40))
    found = minimize(
        lambda x: -f.value(x).sum(),
        np.full(40, 25.0),
        jac=lambda x: -f.slope(x),
        bounds=[(1e-6, None)] * 40,
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1000, "jac": lambda x: np.ones(40)},
        method="SLSQP",
        options={"maxiter": 300, "ftol": 1e-12},
    )
    assert f.value(spend).sum() >= -found.fun - 1e-7
    assert f.slope(spend) == pytest.approx(f.slope(spend)[0], rel=1e-9)


def test_a_thousand_units_with_s_curves():
    rng = np.random.default_rng(6)
    half, c = rng.uniform(3, 30, 1000), rng.uniform(1.2, 6, 1000)
    curves = [Curve("adbudg", a, 0.0, c, h**c) for a, c, h in zip(rng.uniform(10, 100, 1000), c, half, strict=True)]
    f = Curves.of(curves)
    spend = best_allocation(8000.0, f, np.zeros(1000), np.full(1000, np.inf), np.ones(1000))
    assert spend.sum() == pytest.approx(8000)
    slope, inside = f.slope(spend), spend > 0
    multiplier = float(np.median(slope[inside]))
    assert slope[inside] == pytest.approx(multiplier, rel=1e-6)
    # Weak duality: no plan brings more than each unit's best at this price of money.
    grid = np.linspace(0, 400, 4001)
    best = np.array([(Curves.of([curve] * 4001).value(grid) - multiplier * grid).max() for curve in curves[:50]])
    net = (f.value(spend) - multiplier * spend)[:50]
    assert net.sum() >= best.sum() - 0.01 * abs(best.sum())


@pytest.mark.parametrize(
    ("bounds", "argument", "words"),
    [
        (([60, 60], [99, 99]), "budget", "sum to 120, more than the budget"),
        (([-1, 0], [99, 99]), "lower", "negative"),
        (([10, 10], [99, 9]), "upper", "below the lower bound"),
    ],
)
def test_bounds_that_cannot_be(bounds, argument, words):
    with pytest.raises(OutOfRange, match=words) as caught:
        plan(100, [S, S], *bounds)
    assert caught.value.argument == argument
