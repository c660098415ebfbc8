"""From the list price to the money in the pocket."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvm_xl.models.money import running_sums

__all__ = ["pocket_price_waterfall"]


def pocket_price_waterfall(
    list_price: float, names: Sequence[str], deductions: NDArray[np.float64], on_invoice: NDArray[np.bool_]
) -> dict[str, NDArray[np.object_] | NDArray[np.float64]]:
    """The pocket-price waterfall: list price, less what is on the invoice, less what is given beside it.

    Parameters
    ----------
    list_price : float
        Money per unit.
    names : n texts
    deductions : (n,) array
        Money per unit taken off, positive.
    on_invoice : (n,) array of bool
        These come first, in the order given, then the invoice price, then the others.

    Returns
    -------
    dict of (n + 3,) arrays
        step; amount, of the step, NaN in the subtotals, so that the column sums to the pocket price; price, after
        the step; share_of_list, that price over the list price.

    References
    ----------
    Marn & Rosiello (1992), Managing Price, Gaining Profit, Harvard Business Review 70(5).
    """
    order = np.argsort(~on_invoice, kind="stable")
    taken = deductions[order]
    split = int(on_invoice.sum())
    steps = [names[row] for row in order]
    price = running_sums(np.concatenate(([list_price], -taken)))
    at = np.concatenate((np.arange(split + 1), [split], np.arange(split + 1, taken.size + 1), [taken.size]))
    amount = np.concatenate(([list_price], -taken[:split], [np.nan], -taken[split:], [np.nan]))
    return {
        "step": np.array(["List price", *steps[:split], "Invoice price", *steps[split:], "Pocket price"], dtype=object),
        "amount": amount + 0.0,
        "price": price[at],
        "share_of_list": price[at] / list_price,
    }
