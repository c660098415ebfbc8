"""Room to grow with the customers we have: share of wallet, and products they do not buy yet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable, OutOfRange
from cvm_xl.models.bounds import refuse
from cvm_xl.models.money import group_sums

__all__ = ["Rules", "common_products", "held_together", "proposed", "rules", "share_of_wallet", "white_space"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Cells = NDArray[np.object_]

LEAST_SUPPORT = 100  # one customer in so many
FULL = 20  # who holds more than one product in so many is counted faster by a full matrix than by a sparse one
BLOCK = 1 << 23  # cells of the customer x product table worked on at a time


def share_of_wallet(ours: Floats, total: Floats, target: Floats) -> dict[str, Floats]:
    """What customers spend with us, of all they spend on what we sell.

    Parameters
    ----------
    ours, total : array, shape (n,)
        Money per period; 0 <= ours <= total, total above 0.
    target : array, shape (n,)
        Share within reach, 0 to 1.

    Returns
    -------
    dict of (n,) arrays
        share = ours / total; headroom = target x total - ours, 0 where the share is above the target.

    Raises
    ------
    OutOfRange
        When an amount is outside its range.
    """
    refuse(total <= 0, "must be above 0", "total", total)
    refuse(ours < 0, "cannot be negative", "ours", ours)
    refuse(ours > total, "is above the total, which includes what the customer spends with us", "ours", ours)
    refuse((target < 0) | (target > 1), "is a share, from 0 to 1", "target", target)
    return {"share": ours / total, "headroom": np.maximum(target * total - ours, 0.0)}


def white_space(
    customer: Cells, product: Cells, margin: Floats | None = None, top: int = 3, exclude: Cells | None = None
) -> dict[str, Cells | Floats]:
    """Products that customers do not buy yet but, by what they hold, are likely to.

    The propensity of a product is the share that holds it among those who hold another product A of the customer, the
    A with the highest share. Of all customers at least 1% hold both (support), and the product is commoner with A
    than without (lift above 1).

    Parameters
    ----------
    customer, product : array of objects, shape (n,)
        One line per purchase; lines where either is None are left out.
    margin : array, shape (n,), optional
        Money of each line; returns are negative. A customer holds a product when its lines sum to more than 0, or
        to 0 without a negative one. Without margin all lines are purchases.
    top : int
        Products per customer at most, those of the highest expected margin (of the highest propensity without margin).
    exclude : array of objects, shape (e, 1) or (e, 2), optional
        Products never to propose; or customers and products, where a row without a customer is for all.

    Returns
    -------
    dict of arrays
        customer (in order of appearance), product, propensity, support, lift, expected_margin = propensity x mean
        margin of those who hold the product (NaN without margin). Never a product that occurs in the customer's lines,
        returned ones included, or that is excluded.

    Raises
    ------
    OutOfRange
        When top is below 1.
    InvalidInput
        When exclude has more than two columns.
    NotAvailable
        When there is nothing to propose.

    References
    ----------
    Agrawal, Imielinski & Swami (1993), Mining association rules between sets of items, SIGMOD.
    """
    if top < 1:
        raise OutOfRange("must be 1 or more", argument="top", value=top)
    known = np.asarray((customer != None) & (product != None), dtype=np.bool_)  # noqa: E711  element by element
    buyers, who = _codes(customer[known])
    goods, what = _codes(product[known])
    if not buyers:
        raise NotAvailable("there are no lines with a customer and a product", argument="customer")
    amount = None if margin is None else margin[known]
    line_who, line_what, held, worth = _holdings(who, what, len(goods), amount)
    count = np.bincount(line_what[held], minlength=len(goods))
    n = int(np.unique(line_who[held]).size)
    mean = _mean_margin(line_what[held], worth[held], len(goods))
    for_all, pairs = _excluded(exclude, buyers, goods)
    common = common_products(count, n)
    place = np.full(len(goods), -1, dtype=np.intp)
    place[common] = np.arange(common.size)
    mine = held & (place[line_what] >= 0)
    together = held_together(line_who[mine], place[line_what[mine]], len(buyers), common.size)
    found = rules(together, n, mean[common], ~np.isin(common, for_all))
    seen = np.concatenate([np.stack([line_who, line_what], axis=1), pairs])
    seen = seen[place[seen[:, 1]] >= 0]
    at, rule = proposed(found, line_who[mine], place[line_what[mine]], seen[:, 0], place[seen[:, 1]], top)
    if at.size == 0:
        raise NotAvailable("there is nothing to propose: customers hold, returned or exclude what goes with theirs")
    after = common[found.after[rule]]
    return {
        "customer": _objects(buyers)[at],
        "product": _objects(goods)[after],
        "propensity": found.propensity[rule],
        "support": found.support[rule],
        "lift": found.lift[rule],
        "expected_margin": found.margin[rule],
    }


def _codes(keys: Cells) -> tuple[list[Any], Codes]:
    """Distinct keys in order of appearance, and the number of each row's key."""
    seen: dict[Any, int] = {}
    codes = np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.intp)
    return list(seen), codes


def _objects(items: Sequence[Any]) -> Cells:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _holdings(
    who: Codes, what: Codes, goods: int, amount: Floats | None
) -> tuple[Codes, Codes, NDArray[np.bool_], Floats]:
    """Distinct customer-product pairs, whether the product is held, and what it brought (NaN where unknown)."""
    pair, line = np.unique(who * goods + what, return_inverse=True)
    held, worth = np.ones(pair.size, dtype=np.bool_), np.full(pair.size, np.nan)
    if amount is not None:
        counted = ~np.isnan(amount)
        worth = group_sums(np.where(counted, amount, 0.0), np.asarray(line, dtype=np.intp), pair.size)
        negative = np.bincount(line[amount < 0], minlength=pair.size) > 0
        held = (worth > 0) | ((worth == 0) & ~negative)
        worth = np.where(np.bincount(line[counted], minlength=pair.size) > 0, worth, np.nan)
    return pair // goods, pair % goods, held, worth


def _mean_margin(what: Codes, worth: Floats, goods: int) -> Floats:
    known = ~np.isnan(worth)
    number = np.bincount(what[known], minlength=goods)
    total = group_sums(worth[known], what[known], goods)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _excluded(exclude: Cells | None, buyers: Sequence[Any], goods: Sequence[Any]) -> tuple[Codes, Codes]:
    """Products excluded for all, and (customer, product) pairs, as numbers; what does not occur needs no excluding."""
    nothing = np.empty((0, 2), dtype=np.intp)
    if exclude is None:
        return nothing[:, 0], nothing
    if exclude.shape[1] > 2:
        raise InvalidInput(
            f"must be one column (products) or two (customers, products); it has {exclude.shape[1]}",
            argument="exclude",
        )
    number, person = {key: i for i, key in enumerate(goods)}, {key: i for i, key in enumerate(buyers)}
    rows = [(None, row[0]) if exclude.shape[1] == 1 else (row[0], row[1]) for row in exclude]
    for_all = [number[good] for buyer, good in rows if buyer is None and good in number]
    pairs = [(person[buyer], number[good]) for buyer, good in rows if buyer in person and good in number]
    return np.array(for_all, dtype=np.intp), np.array(pairs, dtype=np.intp) if pairs else nothing


def held_together(who: Codes, what: Codes, buyers: int, goods: int) -> NDArray[np.int64]:
    """How many customers hold each two products; on the diagonal, how many hold each.

    Parameters
    ----------
    who, what : (m,) array of int
        A row for each product that a customer holds.
    buyers, goods : int
        How many customers and products there are.

    Returns
    -------
    (goods, goods) array of int
    """
    from scipy.sparse import csr_matrix  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    sparse = cast("Any", csr_matrix)
    table = sparse((np.ones(who.size, dtype=np.int64), (who, what)), shape=(buyers, goods))
    much = np.bincount(who, minlength=buyers) * FULL > goods
    light = table[~much]
    found = np.asarray((light.T @ light).toarray(), dtype=np.int64)
    step = max(BLOCK // max(goods, 1), 1)
    rows = np.flatnonzero(much)
    for low in range(0, rows.size, step):  # counts of a block are exact in float32
        block = table[rows[low : low + step]].astype(np.float32).toarray()
        found += np.rint(block.T @ block).astype(np.int64)
    return found


class Rules(NamedTuple):
    """Rules "who holds `before` holds `after`", by position, in ascending order of what they promise.

    `margin` is what a rule promises: propensity x mean margin of those who hold the product.
    """

    before: Codes
    after: Codes
    propensity: Floats
    support: Floats
    lift: Floats
    margin: Floats


def common_products(count: NDArray[np.int64], n: int) -> Codes:
    """Positions of the products that rules are between, by how many of n customers hold each.

    A rule that holds for 1% of the customers is between products that 1% of them hold.
    """
    return np.flatnonzero(LEAST_SUPPORT * count >= n)


def rules(together: NDArray[np.int64], n: int, mean: Floats, allowed: NDArray[np.bool_]) -> Rules:
    """The rules of `white_space` between products.

    Parameters
    ----------
    together : (k, k) array of int
        How many customers hold each two products; on the diagonal, how many hold each.
    n : int
        Customers who hold a product.
    mean : (k,) array
        Margin per holder of each product, money; NaN where unknown.
    allowed : (k,) array of bool
        Which products may be proposed.

    Raises
    ------
    NotAvailable
        When there is none.
    """
    count = np.diag(together)
    sound = (LEAST_SUPPORT * together >= n) & (together * n > np.multiply.outer(count, count)) & allowed
    np.fill_diagonal(sound, val=False)
    before, after = np.nonzero(sound)
    both = together[before, after].astype(np.float64)
    propensity, support = both / count[before], both / n
    value = np.nan_to_num(propensity * mean[after], nan=-1.0)
    if before.size == 0:
        raise NotAvailable(
            "there is nothing to propose: no two products are held together by 1% of the customers and more often "
            "than by chance",
            argument="product",
        )
    order = np.lexsort((-after, support, propensity, value))
    before, after, propensity, support = before[order], after[order], propensity[order], support[order]
    return Rules(before, after, propensity, support, propensity * n / count[after], propensity * mean[after])


def proposed(rules: Rules, who: Codes, what: Codes, seen_who: Codes, seen_what: Codes, top: int) -> tuple[Codes, Codes]:
    """Customers and their best rules, one per product: of rules to one product the latest in order is the best.

    Parameters
    ----------
    rules : Rules
    who, what : (m,) array of int
        What each customer holds, a row per product; products by their position in `rules`.
    seen_who, seen_what : (s,) array of int
        What is not to be proposed: what is held or was returned, and what is excluded.
    top : int
        Rules per customer at most.

    Returns
    -------
    tuple of (r,) arrays
        Customer, ascending, and the position of the rule, the best first.
    """
    if not len(who):
        return who, what
    goods = int(max(what.max(), rules.after.max(), rules.before.max(), seen_what.max())) + 1
    number = np.zeros((goods, goods), dtype=np.int32)
    number[rules.before, rules.after] = np.arange(1, rules.before.size + 1)
    order = np.argsort(who, kind="stable")
    what = what[order]
    distinct, starts = np.unique(who[order], return_index=True)
    people = np.asarray(distinct, dtype=np.intp)
    first: list[int] = [*starts.tolist(), what.size]
    order = np.argsort(seen_who, kind="stable")
    seen_who, seen_what = seen_who[order], seen_what[order]
    step = max(BLOCK // goods, 1)
    top = min(top, goods)
    at: list[Codes] = []
    chosen: list[Codes] = []
    low = 0
    while low < people.size:
        high = max(bisect_right(first, first[low] + step) - 1, low + 1)
        best = np.empty((high - low, goods), dtype=np.int32)
        for i in range(low, high):  # in a third of the time of maximum.reduceat over all of them
            np.max(number[what[first[i] : first[i + 1]]], axis=0, out=best[i - low])
        begin, end = np.searchsorted(seen_who, [people[low], people[high - 1] + 1]).tolist()
        block = slice(begin, end)
        row = np.searchsorted(people[low:high], seen_who[block])
        known = people[low:high][row] == seen_who[block]
        best[row[known], seen_what[block][known]] = 0
        best = -np.sort(-np.partition(best, goods - top, axis=1)[:, goods - top :], axis=1)
        rows, columns = np.nonzero(best)
        at.append(people[low:high][rows])
        chosen.append(best[rows, columns].astype(np.intp) - 1)
        low = high
    return np.concatenate(at), np.concatenate(chosen)
