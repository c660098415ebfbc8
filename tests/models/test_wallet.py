from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.wallet import share_of_wallet, white_space


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def pairs(rows):
    table = np.empty((len(rows), len(rows[0])), dtype=object)
    table[:] = rows
    return table


def test_share_and_headroom():
    table = share_of_wallet(*(np.array(x, dtype=float) for x in ([400, 90, 0], [1000, 100, 50], [0.6, 0.8, 1])))
    assert table["share"].tolist() == [0.4, 0.9, 0]
    assert table["headroom"].tolist() == [200, 0, 50]


def test_a_wallet_smaller_than_what_we_sell():
    with pytest.raises(OutOfRange, match="above the total") as caught:
        share_of_wallet(np.array([1.0, 5]), np.array([2.0, 4]), np.ones(2))
    assert (caught.value.argument, caught.value.rows) == ("ours", [1])


def by_hand(customer, product, margin, excluded):
    """The definition, spelled out."""
    lines = defaultdict(list)
    for who, what, worth in zip(customer, product, margin, strict=True):
        lines[who, what].append(worth)
    held, seen, brought = defaultdict(set), defaultdict(set), defaultdict(list)
    for (who, what), worths in lines.items():
        seen[who].add(what)
        if sum(worths) > 0 or (sum(worths) == 0 and min(worths) >= 0):
            held[who].add(what)
            brought[what].append(sum(worths))
    n, goods = len(held), set(product)
    count = {what: sum(what in have for have in held.values()) for what in goods}
    best = {}
    for who, have in held.items():
        for before in have:
            for after in goods - seen[who]:
                both = sum(before in other and after in other for other in held.values())
                propensity = both / count[before]
                if (
                    both
                    and 100 * both >= n
                    and both * n > count[before] * count[after]
                    and (who, after) not in excluded
                ):
                    rule = (propensity * np.mean(brought[after]), propensity, both / n, propensity * n / count[after])
                    best[who, after] = max(rule, best.get((who, after), rule))
    return best


@settings(max_examples=40, deadline=None)  # the first example imports scipy.sparse
@given(st.integers(0, 10**6), st.integers(10, 120), st.integers(1, 4))
def test_proposals_are_those_of_the_definition(seed, lines, top):
    rng = np.random.default_rng(seed)
    customer = objects(rng.integers(0, 15, lines).tolist())
    product = objects([f"P{min(pair)}" for pair in rng.integers(0, 9, (lines, 2))])
    margin = rng.integers(-4, 12, lines).astype(float)
    some = [[int(rng.integers(0, 15)), f"P{rng.integers(0, 9)}"] for _ in range(5)]
    wanted = by_hand(customer, product, margin, {tuple(row) for row in some} | {(who, "P1") for who in customer})
    try:
        table = white_space(customer, product, margin, top, pairs([*some, [None, "P1"]]))
    except NotAvailable:
        assert not wanted
        return
    found = {}
    for who, what, *rule, worth in zip(*table.values(), strict=True):
        found.setdefault(who, []).append((worth, *rule))
        assert wanted[who, what] == pytest.approx((worth, *rule))
    assert set(found) == {who for who, _ in wanted}
    for who, rules in found.items():
        best = sorted((rule[0] for (other, _), rule in wanted.items() if other == who), reverse=True)
        assert [rule[0] for rule in rules] == pytest.approx(best[:top])


BASKETS = [
    *(("Ann", "ink"), ("Ann", "pen"), ("Bob", "ink"), ("Bob", "pen"), ("Cas", "ink")),
    *(("Dan", "cup"), ("Eve", "cup"), ("Eve", "ink")),
]


def propose(lines, margin=None, **options):
    margin = None if margin is None else np.array(margin, dtype=float)
    table = white_space(objects([who for who, _ in lines]), objects([what for _, what in lines]), margin, **options)
    return list(zip(*table.values(), strict=True))


def test_a_case_by_hand():
    rows = propose(BASKETS)
    # Two of the four who hold ink hold pens, of all five 40%; Dan's cups go with nothing more often than chance.
    assert [row[:2] for row in rows] == [("Cas", "pen"), ("Eve", "pen")]
    assert rows[0][2:5] == pytest.approx((0.5, 0.4, 1.25))
    assert np.isnan(rows[0][5])
    assert propose(BASKETS, [10, 4, 10, 6, 10, 1, 1, 10])[0][5] == pytest.approx(0.5 * 5)


def test_what_was_returned_is_neither_held_nor_proposed():
    lines, margin = [*BASKETS, ("Cas", "pen"), ("Cas", "pen")], [10, 4, 10, 6, 10, 1, 1, 10, 5, -5]
    assert [row[:2] for row in propose(lines, margin)] == [("Eve", "pen")]
    assert propose(lines, margin)[0][2:5] == pytest.approx((0.5, 0.4, 1.25))
    # Part of it returned: still held.
    assert propose(lines, [*margin[:-1], -3])[0][2:5] == pytest.approx((0.75, 0.6, 1.25))


def test_what_is_excluded_is_not_proposed():
    assert [row[0] for row in propose(BASKETS, exclude=pairs([["Cas", "pen"], ["Zoe", "pen"], ["Eve", "mug"]]))] == [
        "Eve"
    ]
    for everyone in ([["pen"]], [[None, "pen"]]):
        with pytest.raises(NotAvailable, match="nothing to propose"):
            propose(BASKETS, exclude=pairs(everyone))
    with pytest.raises(InvalidInput, match="it has 3"):
        propose(BASKETS, exclude=pairs([["a", "b", "c"]]))


def test_lines_without_customer_or_product_are_left_out():
    assert propose([*BASKETS, (None, "pen"), ("Dan", None)])[0][2:5] == pytest.approx((0.5, 0.4, 1.25))


def test_rare_pairs_do_not_count():
    crowd = [(f"C{i}", "tea") for i in range(200)]
    with pytest.raises(NotAvailable, match="1% of the customers"):
        propose([("C0", "rum"), ("C1", "rum"), ("C0", "gin"), *crowd])
    # Two of 200 are 1%.
    rows = propose([("C0", "rum"), ("C1", "rum"), ("C2", "rum"), ("C0", "gin"), ("C1", "gin"), *crowd])
    assert [row[:2] for row in rows] == [("C2", "gin")]
    assert rows[0][2:5] == pytest.approx((2 / 3, 0.01, 2 / 3 * 100))


def test_too_little_to_go_by():
    with pytest.raises(NotAvailable, match="no lines"):
        propose([(None, "pen")])
    with pytest.raises(NotAvailable, match="nothing to propose"):
        propose([(i, i) for i in range(300)])
    with pytest.raises(OutOfRange, match="1 or more"):
        propose(BASKETS, top=0)


def test_many_customers_in_blocks():
    rng = np.random.default_rng(4)
    kind = rng.integers(0, 4, 30_000)
    customer = objects(np.repeat(np.arange(30_000), 3).tolist())
    product = objects((100 * np.repeat(kind, 3) + rng.integers(0, 8, 90_000)).tolist())
    table = white_space(customer, product, top=2)
    # Proposals stay within the kind of customer; for each of them the most likely of what is not held.
    assert (table["product"] // 100 == kind[table["customer"].astype(int)]).all()
    assert np.bincount(table["customer"].astype(int)).max() == 2
    assert (table["lift"] > 1).all()
    held = set(zip(customer, product, strict=True))
    assert not held & set(zip(table["customer"], table["product"], strict=True))
