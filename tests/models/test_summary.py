import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models.summary import codes, purchases, summary


def of(*lines, **named):
    """Summary of (customer, day, amount) lines as a dict per customer, and the number left out."""
    customer, day, amount = zip(*lines, strict=True)
    table, left_out = summary(
        np.array(customer, dtype=object), np.array(day, float), np.array(amount, float), **{"unit": "day", **named}
    )
    names = table.pop("customer")
    rows = zip(*table.values(), strict=True)
    return {
        name: dict(zip(table, map(float, row), strict=True)) for name, row in zip(names, rows, strict=True)
    }, left_out


def test_one_customer_by_hand():
    table, left_out = of(("A", 10, 50), ("A", 24, 30), ("A", 45, 40), end=73, unit="week")
    assert table == {"A": {"frequency": 2, "recency": 5, "age": 9, "monetary": 35}}
    assert left_out == 0


def test_all_orders_of_a_day_are_one_purchase():
    table, _ = of(("A", 10.2, 50), ("A", 10.9, 7), ("A", 20, 30), ("A", 20, 5))
    assert table["A"] == {"frequency": 1, "recency": 10, "age": 10, "monetary": 35}


def test_time_is_days_over_the_unit_never_calendar_periods():
    assert of(("A", 10, 5), ("A", 11, 5), end=11, unit="month")[0]["A"]["recency"] == pytest.approx(1 / 30.4375)
    assert of(("A", 10, 5), ("A", 11, 5), end=11, unit="week")[0]["A"]["age"] == pytest.approx(1 / 7)


def test_first_purchase_counts_in_monetary_only_when_asked():
    lines = [("A", 1, 100), ("A", 5, 20), ("B", 1, 70)]
    assert [row["monetary"] for row in of(*lines)[0].values()] == [20, 0]
    assert [row["monetary"] for row in of(*lines, first=True)[0].values()] == [60, 70]


@pytest.mark.parametrize(
    ("lines", "frequency", "monetary"),
    [
        ([(1, 10), (5, 20), (9, -5)], 1, 15),  # reduces the latest earlier purchase
        ([(1, 10), (5, 20), (9, -25)], 0, 0),  # to zero at most, then the one before
        ([(1, 10), (5, 20), (9, -999), (12, 8)], 0, 0),  # what is left over is dropped: the first purchase is day 12
        ([(1, 10), (5, 20), (5, -5)], 1, 15),  # on the day itself it is netted
        ([(1, 10), (5, 20), (5, -20)], 0, 0),  # netted to zero with a return: no purchase
        ([(1, 10), (5, 0)], 1, 0),  # a free order is a purchase
        ([(1, 10), (3, 0), (5, 20), (9, -25)], 1, 0),  # a return has nothing to take from a free order
        ([(1, -5), (5, 20), (9, 30)], 1, 30),  # nothing earlier to reduce
        ([(1, 0.1), (2, 0.2), (3, 0.3), (4, -0.5)], 0, 0),  # in cents, whatever binary fractions say
    ],
)
def test_returns(lines, frequency, monetary):
    table, _ = of(*[("A", day, amount) for day, amount in lines])
    assert table["A"]["frequency"] == frequency
    assert table["A"]["monetary"] == pytest.approx(monetary, abs=1e-12)


def test_customers_with_returns_only_are_left_out_and_counted():
    table, left_out = of(("A", 1, 10), ("B", 1, -5), ("C", 1, 5), ("C", 2, -5))
    assert list(table) == ["A"]
    assert left_out == 2


def test_lines_after_the_end_do_not_count():
    table, left_out = of(("A", 1, 10), ("A", 9, 5), ("A", 9, -8), ("B", 10, 5), end=8.7)
    assert table == {"A": {"frequency": 0, "recency": 0, "age": 7, "monetary": 0}}
    assert left_out == 0


def test_the_day_of_a_return_is_still_the_end():
    assert of(("A", 1, 10), ("B", 9, 5), ("B", 20, -1))[0]["A"]["age"] == 19


def reference(lines):
    """Purchases of one customer's (day, cents) lines, as a stack."""
    stack = []
    for day in sorted({day for day, _ in lines}):
        here = [cents for d, cents in lines if d == day]
        net = sum(here)
        if net > 0 or (net == 0 and min(here) >= 0):
            stack.append([day, net])
        elif net < 0:
            for bought in reversed(stack):
                taken = min(bought[1], -net)
                net += taken
                bought[1] -= taken
                if taken and not bought[1]:
                    bought[0] = None
            stack = [bought for bought in stack if bought[0] is not None]
    return stack


histories = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(40_000, 40_012), st.integers(-500, 500)), min_size=1, max_size=40
)


@given(histories, st.randoms())
@settings(max_examples=200, deadline=None)
def test_returns_as_a_stack_whatever_the_order_of_lines(lines, random):
    random.shuffle(lines)
    customer = np.array([c for c, _, _ in lines], dtype=object)
    found = purchases(customer, np.array([d for _, d, _ in lines], float), np.array([a for *_, a in lines]) / 100)
    for i, name in enumerate(found.names):
        expected = reference([(d, a) for c, d, a in lines if c == name])
        mine = found.customer == i
        assert found.day[mine].tolist() == [day for day, _ in expected]
        np.testing.assert_allclose(found.amount[mine], [cents / 100 for _, cents in expected], atol=1e-9)


def test_keys_of_all_kinds_sorted_numbers_first():
    mixed = np.array(["b", 10.0, "a", 2.0, "b"], dtype=object)
    names, index = codes(mixed)
    assert names.tolist() == [2.0, 10.0, "a", "b"]
    assert names[index].tolist() == mixed.tolist()
    wide = np.array([10**15, 3, 10**15])
    assert codes(wide)[0].tolist() == [3, 10**15]
    assert codes(wide)[1].tolist() == [1, 0, 1]
    close = np.array([7, 5, 7, 9])
    assert codes(close)[0].tolist() == [5, 7, 9]
    assert codes(close)[1].tolist() == [1, 0, 1, 2]


def test_bad_lines_are_named():
    with pytest.raises(InvalidInput) as caught:
        of(("A", 1, 10), ("A", float("nan"), 5))
    assert caught.value.argument == "date"
    assert caught.value.rows == [1]
    with pytest.raises(InvalidInput) as caught:
        of(("A", 1, float("inf")))
    assert caught.value.argument == "amount"
    with pytest.raises(InvalidInput, match="day, week, month"):
        of(("A", 1, 1), unit="weeks")


def test_no_purchases_at_all():
    with pytest.raises(NotAvailable):
        of(("A", 1, -1))
    with pytest.raises(NotAvailable):
        of(("A", 5, 1), end=4)
    with pytest.raises(NotAvailable):
        summary(np.empty(0, dtype=object), np.empty(0), np.empty(0))


def test_cdnow_sample(cdnow):
    """Fader & Hardie's summary of the same lines."""
    assert cdnow["customer"].size == 2357
    assert np.sum(cdnow["frequency"] > 0) == 946
    assert np.mean(cdnow["frequency"]) == pytest.approx(1.0424, abs=5e-5)
    row = int(np.flatnonzero(cdnow["customer"] == 1516)[0])
    assert [round(float(cdnow[name][row]), 3) for name in ("frequency", "recency", "age")] == [26, 30.857, 31]


def test_cdnow_master_has_one_repeater_without_money(cdnow_master):
    assert cdnow_master["customer"].size == 23_570
    assert np.sum((cdnow_master["frequency"] > 0) & (cdnow_master["monetary"] == 0)) == 1


def test_online_retail_with_its_returns(online_retail):
    table, _ = summary(*online_retail)
    repeat = table["frequency"] > 0
    assert table["customer"].size == 4322
    assert np.sum(repeat) == 2772
    assert np.mean(table["frequency"]) == pytest.approx(2.8221, abs=5e-5)
    assert np.mean(table["monetary"][repeat]) == pytest.approx(403.7634, abs=5e-5)
    assert not np.any(table["monetary"] < 0)
