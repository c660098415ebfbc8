"""White space of sales that lie elsewhere: co-purchases are counted there, and customers stream by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.data.lines import Lines
from cvm_xl.data.summaries import co_purchases, holdings
from cvm_xl.errors import NotAvailable
from cvm_xl.models.wallet import Rules, common_products, proposed, rules

__all__ = ["white_space"]

BATCH = 1_000_000  # customers with a product, at a time


def white_space(lines: Lines, top: int, never: np.ndarray) -> Mapping[str, np.ndarray]:
    """What CVM_WHITESPACE gives of the lines: at most `top` products for each customer, and `never` some.

    Only the rules between products, and what is proposed, are held in memory.

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
    goods = pd.Index(common["product"])
    among = pairs.filter(pairs["product"].isin(list(goods)))
    mean = (common["worth"].to_numpy(dtype=float) / 10.0**lines.decimals) / common["count"].to_numpy(dtype=float)
    found = rules(_together(lines, among, common), n, mean, ~goods.isin(never))
    who: list[np.ndarray] = []
    which: list[np.ndarray] = []
    for batch in _whole_customers(lines, among):
        codes, people = pd.factorize(batch["customer"])
        what, mine = goods.get_indexer(pd.Index(batch["product"])), batch["held"].to_numpy(dtype=bool)
        at, rule = proposed(found, codes[mine], what[mine], codes, what, top)
        who.append(np.asarray(people, dtype=object)[at])
        which.append(rule)
    return _table(found, goods, np.concatenate([*who, []]), np.concatenate([*which, []]).astype(np.intp))


def _together(lines: Lines, pairs: Any, common: pd.DataFrame) -> np.ndarray:
    """How many customers hold each two products; on the diagonal, how many hold each."""
    held = pairs.filter(pairs.held)
    counts = lines.execute(co_purchases(held))
    goods = pd.Index(common["product"])
    found = np.zeros((len(goods), len(goods)), dtype=np.int64)
    one, other = (goods.get_indexer(pd.Index(counts[name])) for name in ("product", "other"))
    found[one, other] = found[other, one] = counts["together"].to_numpy(dtype=np.int64)
    np.fill_diagonal(found, common["count"].to_numpy(dtype=np.int64))
    return found


def _whole_customers(lines: Lines, pairs: Any) -> Iterator[pd.DataFrame]:
    """Batches of rows in the order of customers, none of whom stands in two."""
    rest = pd.DataFrame()
    ordered = pairs.select("customer", "product", "held").order_by("customer")
    for batch in lines.connection.batches(ordered, BATCH):
        rows = pd.concat([rest, batch.to_pandas()], ignore_index=True)
        last = rows["customer"] == rows["customer"].iloc[-1]
        rest = rows[last]
        if not last.all():
            yield rows[~last]
    if len(rest):
        yield rest


def _table(found: Rules, goods: pd.Index, who: np.ndarray, rule: np.ndarray) -> dict[str, np.ndarray]:
    if not len(who):
        raise NotAvailable("there is nothing to propose: customers hold, returned or exclude what goes with theirs")
    return {
        "customer": who,
        "product": goods.to_numpy(dtype=object)[found.after[rule]],
        "propensity": found.propensity[rule],
        "support": found.support[rule],
        "lift": found.lift[rule],
        "expected_margin": found.margin[rule],
    }
