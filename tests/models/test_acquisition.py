import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import OutOfRange
from cvm_xl.models.acquisition import acquire_and_retain, funnel


def test_published_optimum():
    best = acquire_and_retain(0.4, 0.05, 60, 0.7, 0.06, 0.1)
    expected = {
        "retention": 19.198251,
        "r": 0.478774,
        "clv": 75.337702,
        "acquisition": 8.199155,
        "a": 0.134529,
        "equity": 1.935927,
    }
    assert {name: best[name] for name in expected} == pytest.approx(expected, abs=1e-5)
    assert best["model"] == "acquire"


def equity(spends, ceiling, rate, margin, retention_ceiling, retention_rate, discount):
    """The objective as Blattberg & Deighton write it."""
    acquisition, retention = spends
    a = ceiling * (1 - np.exp(-rate * acquisition))
    r = retention_ceiling * (1 - np.exp(-retention_rate * retention))
    later = np.where(r > 0, (margin - retention / np.where(r > 0, r, 1)) * r / (1 + discount - r), -retention)
    return a * (margin + later) - acquisition


@settings(max_examples=60)
@given(
    st.tuples(
        st.floats(0, 1),
        st.floats(0.001, 1),
        st.floats(-20, 300),
        st.floats(0.001, 1),
        st.floats(0.001, 1),
        st.floats(0.01, 0.5),
    )
)
def test_no_other_spend_is_better(case):
    best = acquire_and_retain(*case)
    grid = np.meshgrid(np.linspace(0, 150, 151), np.linspace(0, 150, 151))
    assert best["equity"] >= equity(grid, *case).max() - 1e-9
    assert best["equity"] == pytest.approx(float(equity((best["acquisition"], best["retention"]), *case)), abs=1e-9)
    assert best["acquisition"] >= 0
    assert 0 <= best["r"] <= case[3]


def test_where_spending_does_not_pay_nothing_is_spent():
    poor = acquire_and_retain(0.4, 0.05, 10, 0.7, 0.06, 0.1)
    assert (poor["retention"], poor["r"], poor["clv"]) == (0, 0, 10)
    assert (poor["acquisition"], poor["a"], poor["equity"]) == (0, 0, 0)
    assert acquire_and_retain(0, 0, -5, 0, 0, 0)["equity"] == 0


@pytest.mark.parametrize(
    ("place", "name", "bad"), [(0, "ceiling", 1.01), (4, "retention_rate", -1), (5, "discount", -0.1)]
)
def test_arguments_outside_their_range(place, name, bad):
    case = [0.4, 0.05, 60, 0.7, 0.06, 0.1]
    case[place] = bad
    with pytest.raises(OutOfRange) as caught:
        acquire_and_retain(*case)
    assert caught.value.argument == name


def columns(*values):
    return [np.array(v, dtype=float) for v in values]


def test_funnel_by_source():
    names = np.array(["Search", "Fair", "Gift"], dtype=object)
    table = funnel(names, *columns([1000, 200, 0], [50, 30, 0], [6000, 9000, 0], [200, 250, 300], [40, 40, 40]))
    assert table["source"].tolist() == ["Search", "Fair", "Gift"]
    assert table["conversion"][:2].tolist() == [0.05, 0.15]
    assert table["cost_per_customer"][:2].tolist() == [120, 300]
    assert table["ceiling"].tolist() == [200, 250, 300]
    assert table["return"][:2] == pytest.approx([4000 / 6000, -1500 / 9000])
    assert table["payback"][:2].tolist() == [3, 7.5]
    assert all(np.isnan(table[name][2]) for name in ("conversion", "cost_per_customer", "return", "payback"))


def test_a_margin_that_never_pays_back_gives_a_blank():
    table = funnel(np.array(["A"], dtype=object), *columns([10], [5], [100], [50], [-1]))
    assert np.isnan(table["payback"][0])
    assert np.isnan(funnel(np.array(["A"], dtype=object), *columns([10], [5], [100], [50]))["payback"][0])


def test_more_customers_than_leads():
    with pytest.raises(OutOfRange, match="above the leads") as caught:
        funnel(np.array(["A", "B"], dtype=object), *columns([10, 10], [5, 11], [1, 1], [1, 1]))
    assert (caught.value.argument, caught.value.rows) == ("customers", [1])
