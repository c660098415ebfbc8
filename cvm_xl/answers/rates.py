"""Money as it is entered, in the currency and the signs that everything else is computed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.book.read import Book
from cvm_xl.errors import BookError, Place
from cvm_xl.models.money import minor_units

__all__ = ["in_one_currency", "sign"]


def sign(settings: Mapping[str, Any], of: str) -> float:
    """-1 where Settings say that revenue, or cost, is entered as negative."""
    return -1.0 if settings[f"{of}_sign"] == "negative" else 1.0


def in_one_currency(book: Book, sales: pd.DataFrame, dates: np.ndarray, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Sales with revenue and cost positive and in the currency of Settings, each line at the rate of its day.

    Revenue and cost are rounded to the currency's smallest unit, line by line.

    Raises
    ------
    BookError
        When a currency has no rate on the day of a line.
    """
    factors = {"net_revenue": sign(settings, "revenue"), "list_price": 1.0, "cost_of_goods": sign(settings, "cost")}
    rate = np.ones(len(sales))
    unit = 10.0 ** int(settings["decimals"])
    own = str(settings["currency"] or "").casefold()
    foreign = np.zeros(len(sales), dtype=bool)
    if "currency" in sales:
        named = sales["currency"].fillna("").astype(str).str.strip()
        foreign = (~named.str.casefold().isin(["", own])).to_numpy()
        for name in named[foreign].unique():
            mine = (named == name).to_numpy()
            rate[mine] = _rates(book, str(name), dates[mine])
    if not foreign.any() and all(factor == 1 for factor in factors.values()):
        return sales
    changed = {}
    for column, factor in factors.items():
        if column in sales:
            amounts = sales[column].to_numpy(dtype=float) * factor * rate
            money = foreign & ~np.isnan(amounts) & (column != "list_price")
            amounts[money] = minor_units(amounts[money], int(settings["decimals"])) / unit
            changed[column] = amounts
    return sales.assign(**changed)


def _rates(book: Book, currency: str, dates: np.ndarray) -> np.ndarray:
    """The rate of a currency on each day: the latest that holds from that day or before."""
    table = book.tables.get("Rates")
    place = Place(None, "Rates", None, "Currency")
    remedy = f"Add a row to Rates: {currency}, the first day it holds (or empty), and what one {currency} is worth"
    mine = None if table is None else table.frame[table.frame["currency"].str.casefold() == currency.casefold()]
    if mine is None or mine.empty:
        raise BookError("the currency has no rate", place=place, value=currency, remedy=remedy)
    start = np.full(len(mine), np.datetime64("0001-01-01", "D"))
    if "from" in mine:
        given = mine["from"].notna().to_numpy()
        start[given] = mine["from"].to_numpy()[given].astype("datetime64[D]")
    order = np.argsort(start, kind="stable")
    at = np.searchsorted(start[order], dates, side="right") - 1
    if (at < 0).any():
        text = f"the currency has no rate on {dates[at < 0].min()}"
        raise BookError(text, place=place, value=currency, remedy=remedy)
    return mine["rate"].to_numpy(dtype=float)[order][at]
