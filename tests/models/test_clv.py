import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.clv import clv, markov_clv, migration, potential


def a(*values):
    return np.array(values, dtype=float)


def test_published_multiples():
    """Gupta & Lehmann: r / (1 + d - r)."""
    assert clv(a(1), a(0.9), a(0.12)) == pytest.approx(4.090909, abs=1e-6)
    assert clv(np.ones(4), a(0.6, 0.7, 0.8, 0.9), np.full(4, 0.1)).round(2).tolist() == [1.2, 1.75, 2.67, 4.5]


def test_published_values():
    m, r, d = a(100), a(0.8), a(0.12)
    assert clv(m, r, d) == pytest.approx(250)
    assert clv(m, r, d, growth=a(0.08)) == pytest.approx(312.5)
    assert clv(m, r, d, a(5)) == pytest.approx(203.5164, abs=5e-5)
    assert clv(m, r, d, acquisition=a(60), first=True) == pytest.approx(290)


def test_berger_and_nasr_case_1():
    """260 a year from now for ten years, less 50 of promotion in the middle of each of the ten years."""
    r, d = a(0.75), a(0.2)
    contribution = clv(a(260), r, d, a(10), first=True)
    promotion = clv(a(50), r, d, a(9), first=True) / 1.2**0.5
    assert contribution == pytest.approx(689.3922, abs=5e-5)
    assert promotion == pytest.approx(120.6091, abs=5e-5)
    assert contribution - promotion == pytest.approx(568.7831, abs=1e-4)


@given(
    st.floats(-1e6, 1e6), st.floats(0, 1), st.floats(0, 1), st.integers(0, 60), st.floats(-0.5, 0.5), st.floats(0, 100)
)
@settings(max_examples=100, deadline=None)
def test_sum_of_single_periods(m, r, d, horizon, g, spent):
    t = np.arange(1, horizon + 1)
    want = np.sum(m * (1 + g) ** (t - 1.0) * (r / (1 + d)) ** t) - spent
    got = clv(a(m), a(r), a(d), a(horizon), a(g), a(spent))[0]
    assert got == pytest.approx(want, rel=1e-9, abs=1e-9 * abs(m) + 1e-12)


def test_edges():
    assert clv(a(10), a(1), a(0), a(7)) == pytest.approx(70)
    assert clv(a(10), a(0), a(0.1)) == 0
    assert clv(a(10), a(0.8), a(0.1), a(0)) == 0
    assert clv(a(10), a(0.5), a(0), growth=a(0.9)) == pytest.approx(10 * 0.5 / 0.05)
    long = clv(a(10, 10), a(0.8, 0.8), a(0.1, 0.1), a(np.nan, 500))
    assert long[0] == pytest.approx(long[1])


@pytest.mark.parametrize(
    ("columns", "argument"),
    [
        ((10, 1.1, 0.1, 5, 0), "retention"),
        ((10, 0.8, -0.1, 5, 0), "discount"),
        ((10, 0.8, 0.1, 2.5, 0), "horizon"),
        ((10, 0.8, 0.1, -1, 0), "horizon"),
        ((10, 0.8, 0.1, 5, -1), "growth"),
        ((10, 1, 0, np.nan, 0), "horizon"),
        ((10, 0.9, 0.1, np.nan, 0.3), "horizon"),
    ],
)
def test_bad_rows_are_named(columns, argument):
    good = (10, 0.8, 0.1, 5, 0)
    with pytest.raises(OutOfRange) as caught:
        clv(*(a(x, y, x) for x, y in zip(good, columns, strict=True)))
    assert caught.value.argument == argument
    assert caught.value.rows == [1]


def test_potential_of_a_larger_share_of_wallet():
    """Wallet 1,000, margin 30%, share 40%: 120 a period now."""
    got = potential(a(120), a(0.4), a(1), a(0.8), a(0.8), a(0.1), a(120))
    assert [float(got[name][0]) for name in ("now", "potential", "uplift", "break_even_probability")] == pytest.approx(
        [320, 800, 480, 0.25]
    )


def test_no_break_even_without_uplift_or_cost():
    got = potential(*(a(x, x) for x in (120, 0.4)), a(0.4, 0.8), *(a(x, x) for x in (0.8, 0.8, 0.1)), a(50, np.nan))
    assert np.isnan(got["break_even_probability"]).all()
    with pytest.raises(OutOfRange) as caught:
        potential(*(a(x, x) for x in (120, 0.4)), a(0.5, 1.2), *(a(x, x) for x in (0.8, 0.8, 0.1)))
    assert (caught.value.argument, caught.value.rows) == ("target_share", [1])


CARRAWAY = np.array(
    [[0.3, 0.7, 0, 0, 0], [0.2, 0, 0.8, 0, 0], [0.15, 0, 0, 0.85, 0], [0.05, 0, 0, 0, 0.95], [0, 0, 0, 0, 1]]
)
REWARDS = a(36, -4, -4, -4, 0)


def test_pfeifer_and_carraway():
    """Their example: recency states, 40 of margin and 4 of remarketing, 20% a period."""
    assert markov_clv(CARRAWAY, REWARDS, 0.2, 4)[0] == pytest.approx(50.115, abs=5e-4)
    assert markov_clv(CARRAWAY, REWARDS, 0.2)[0] == pytest.approx(52.320, abs=5e-4)


@pytest.mark.parametrize("horizon", [0, 1, 2, 3, 6, 7, 40])
def test_markov_is_the_sum_over_periods(horizon):
    want = sum(np.linalg.matrix_power(CARRAWAY / 1.2, t) @ REWARDS for t in range(horizon + 1))
    np.testing.assert_allclose(markov_clv(CARRAWAY, REWARDS, 0.2, horizon), want, atol=1e-12)
    np.testing.assert_allclose(
        markov_clv(CARRAWAY, REWARDS, 0.0, horizon),
        sum(np.linalg.matrix_power(CARRAWAY, t) @ REWARDS for t in range(horizon + 1)),
        atol=1e-10,
    )


def test_markov_of_one_state_is_the_multiple():
    assert markov_clv(np.array([[0.8, 0.2], [0, 1]]), a(1, 0), 0.1)[0] - 1 == pytest.approx(0.8 / 0.3)


def test_markov_for_ever_without_discount_is_finite_when_all_leave():
    got = markov_clv(CARRAWAY, REWARDS, 0)
    np.testing.assert_allclose(got, markov_clv(CARRAWAY, REWARDS, 0, 5000), rtol=1e-9)
    with pytest.raises(OutOfRange, match="without end"):
        markov_clv(np.array([[0.5, 0.5], [0.5, 0.5]]), a(1, 0), 0)


def test_markov_bad_input():
    with pytest.raises(OutOfRange) as caught:
        markov_clv(np.array([[0.5, 0.5], [0.5, 0.4]]), a(1, 0), 0.1)
    assert (caught.value.argument, caught.value.rows) == ("transitions", [1])
    with pytest.raises(OutOfRange) as caught:
        markov_clv(np.array([[1.5, -0.5], [0, 1]]), a(1, 0), 0.1)
    assert caught.value.rows == [0]
    with pytest.raises(InvalidInput, match="as many columns as rows"):
        markov_clv(np.ones((2, 3)) / 3, a(1, 0), 0.1)
    with pytest.raises(InvalidInput, match="each of the 2 states"):
        markov_clv(np.eye(2), a(1, 0, 3), 0.1)
    with pytest.raises(OutOfRange):
        markov_clv(np.eye(2), a(1, 0), -0.1)


def keys(*values):
    return np.array(values, dtype=object)


def test_migration():
    got = migration(keys("Top", "Top", "Base", "Top"), keys("Top", "Base", "Gone", "Top"))
    assert got["from"].tolist() == ["Base", "Gone", "Top"]
    assert got["Top"][[0, 2]].tolist() == pytest.approx([0, 2 / 3])
    assert np.isnan(got["Top"][1])
    assert got["n"].tolist() == [1, 0, 3]
    ordered = migration(keys("A", "B"), keys("B", "B"), keys("B", "A", "C"))
    assert list(ordered) == ["from", "B", "A", "C", "n"]
    assert ordered["from"].tolist() == ["B", "A", "C"]


def test_migration_bad_input():
    with pytest.raises(InvalidInput) as caught:
        migration(keys("A", "B"), keys("B", "C"), keys("A", "B"))
    assert (caught.value.argument, caught.value.rows, caught.value.value) == ("state_to", [1], "C")
    with pytest.raises(InvalidInput, match="twice"):
        migration(keys("A"), keys("A"), keys("A", "A"))
    with pytest.raises(InvalidInput, match="named otherwise"):
        migration(keys("n"), keys("A"))
    with pytest.raises(NotAvailable):
        migration(keys(), keys())
