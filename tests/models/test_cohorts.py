import numpy as np
import pytest

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.cohorts import cohorts

DAY = float((np.datetime64("2024-01-01") - np.datetime64("1899-12-30")).astype(int))


def lines(*rows):
    who, day, money = zip(*rows, strict=True)
    return np.array(who, dtype=object), np.array(day, dtype=float) + DAY, np.array(money, dtype=float)


def rows(table):
    return list(zip(*(table[name].tolist() for name in table), strict=True))


def test_time_runs_from_each_customer_s_own_first_purchase():
    """A and B are of January; B came late in it and has been seen for one whole month less."""
    given = lines(("A", 0, 10), ("A", 5, 20), ("B", 30, 40), ("A", 40, 6), ("B", 55, 8))
    got = cohorts(*given, unit="month", end=DAY + 70)
    assert rows(got) == [
        ("2024-01", 1, 2, 2, 1.0, 39.0, 39.0),  # 10 + 20 + 40 + 8 over two
        ("2024-01", 2, 1, 1, 1.0, 6.0, 45.0),
    ]


def test_labels_are_calendar_periods_of_the_first_purchase():
    given = lines(("A", 0, 1), ("B", 95, 1), ("C", 366, 1))
    assert cohorts(*given, unit="month", end=DAY + 400)["cohort"][-1] == "2025-01"
    assert np.unique(cohorts(*given, end=DAY + 500)["cohort"]).tolist() == ["2024 Q1", "2024 Q2", "2025 Q1"]
    assert np.unique(cohorts(*given, unit="year", end=DAY + 800)["cohort"]).tolist() == ["2024", "2025"]


def test_returns_undo_purchases_and_the_first_one_is_no_repeat():
    given = lines(("A", 0, 50), ("A", 10, 30), ("A", 12, -30), ("B", 0, 20))
    got = cohorts(*given, unit="month", end=DAY + 40)
    assert rows(got) == [("2024-01", 1, 2, 0, 0.0, 35.0, 35.0)]


def test_a_given_cohort_takes_the_calendar_s_place():
    given = lines(("A", 0, 5), ("B", 100, 7), ("A", 10, 5))
    got = cohorts(*given, np.array(["web", "fair", "web"], dtype=object), "month", DAY + 135)
    assert [(r[0], r[1], r[2]) for r in rows(got)] == [("fair", 1, 1), *(("web", k, 1) for k in (1, 2, 3, 4))]
    with pytest.raises(InvalidInput, match="customer A in two cohorts") as caught:
        cohorts(*given, np.array(["web", "fair", "fair"], dtype=object), "month", DAY + 135)
    assert caught.value.rows == (0,) or list(caught.value.rows) == [0]


def test_on_real_customers_everybody_and_all_money_is_there_once(cdnow_lines):
    """CDNOW: all were won in the first quarter of 1997; their money in five quarters is that of the lines."""
    customer, day, money = cdnow_lines
    got = cohorts(customer, day, money)
    assert set(got["cohort"]) == {"1997 Q1"}
    assert got["customers"][0] == 2357
    assert np.all((got["retention"] >= 0) & (got["retention"] <= 1))
    first = np.full(customer.max() + 1, np.inf)
    np.minimum.at(first, customer, day)
    early = day - first[customer] < 5 * 91.3125
    assert got["cumulative_revenue"][4] == pytest.approx(np.sum(money[early]) / 2357)
    assert got["buyers"][0] > got["buyers"][4] > 0


def test_order_does_not_matter_and_bad_input_is_refused(cdnow_lines):
    before = cohorts(*cdnow_lines)
    after = cohorts(*(column[::-1] for column in cdnow_lines))
    for name, values in before.items():
        if name != "cohort":
            np.testing.assert_allclose(after[name], values, rtol=1e-12)
    with pytest.raises(NotAvailable, match="seen for a whole period"):
        cohorts(*lines(("A", 0, 1), ("A", 5, 1)))
    with pytest.raises(OutOfRange, match="choose a longer one"):
        cohorts(*lines(("A", 0, 1), ("A", 5000, 1)), unit="day")
    with pytest.raises(NotAvailable, match="check the signs"):
        cohorts(*lines(("A", 0, -1), ("A", 500, -1)))
