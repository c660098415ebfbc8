"""White space of sales that lie elsewhere: customers stream by, and only the rules between products stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cvm_xl.data.lines import Lines
from cvm_xl.data.summaries import baskets, co_purchases, holdings
from cvm_xl.errors import NotAvailable
from cvm_xl.models.wallet import common_products, held_together, proposed, rules

__all__ = ["white_space"]

BATCH = 20_000  # customers at a time


def white_space(lines: Lines, top: int, never: np.ndarray) -> Mapping[str, np.ndarray]:
    """What CVM_WHITESPACE gives of the lines: at most `top` products for each customer, and `never` some.

    Raises
    ------
    NotAvailable
        When there is nothing to propose.
    """
    pairs = lines.connection.keep(holdings(lines.table))
    held = pairs.filter(pairs.held)
    each = lines.execute(held.group_by("product").agg(count=held.count(), worth=held.worth.sum().cast("int64")))
    each = each.sort_values("product", ignore_index=True)
    n = int(lines.execute(held.aggregate(n=held.customer.nunique()))["n"].iloc[0])
    common = each.iloc[common_products(each["count"].to_numpy(dtype=np.int64), n)].reset_index(drop=True)
    goods = common["product"].tolist()
    people = baskets(pairs, goods)
    if lines.connection.distributed:  # where there are many cores; one machine is ten times faster without a join
        together = _counted(lines, held.filter(held["product"].isin(goods)), common)
    else:
        people = lines.connection.keep(people)
        together = np.zeros((len(common), len(common)), dtype=np.int64)
        for some in _customers(lines, people):
            together += held_together(some.who, some.held, len(some.names), len(common))
    mean = (common["worth"].to_numpy(dtype=float) / 10.0**lines.decimals) / common["count"].to_numpy(dtype=float)
    found = rules(together, n, mean, ~np.isin(common["product"].to_numpy(dtype=object), never))
    who: list[np.ndarray] = []
    which: list[np.ndarray] = []
    for some in _customers(lines, people):
        seen = np.concatenate([some.who, some.whose]), np.concatenate([some.held, some.other])
        at, rule = proposed(found, some.who, some.held, *seen, top)
        who.append(some.names[at])
        which.append(rule)
    names, rule = np.concatenate([*who, []]), np.concatenate([*which, []]).astype(np.intp)
    if not len(names):
        raise NotAvailable("there is nothing to propose: customers hold, returned or exclude what goes with theirs")
    return {
        "customer": names,
        "product": common["product"].to_numpy(dtype=object)[found.after[rule]],
        "propensity": found.propensity[rule],
        "support": found.support[rule],
        "lift": found.lift[rule],
        "expected_margin": found.margin[rule],
    }


def _counted(lines: Lines, held: Any, common: pd.DataFrame) -> np.ndarray:
    """How many customers hold each two products, counted by the source; on the diagonal, how many hold each."""
    counts = lines.execute(co_purchases(held))
    found = np.diag(common["count"].to_numpy(dtype=np.int64))
    goods = pd.Index(common["product"])
    one, other = (goods.get_indexer(pd.Index(counts[name])) for name in ("product", "other"))
    found[one, other] = found[other, one] = counts["together"].to_numpy(dtype=np.int64)
    return found


class _Customers(NamedTuple):
    """Some customers: `who` holds each product of `held`, `whose` gave back each of `other`."""

    names: np.ndarray
    who: np.ndarray
    held: np.ndarray
    whose: np.ndarray
    other: np.ndarray


def _customers(lines: Lines, people: Any) -> Iterator[_Customers]:
    for batch in lines.connection.batches(people, BATCH):
        parts: list[np.ndarray] = []
        for name in ("held", "other"):
            column = batch.column(name)
            many = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
            parts += [np.repeat(np.arange(len(many)), many), column.flatten().to_numpy(zero_copy_only=False)]
        yield _Customers(batch.column("customer").to_numpy(zero_copy_only=False), *parts)
