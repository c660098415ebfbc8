"""Quantity and money of each sales line of a sheet: what is absent is derived, in whole minor units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.book.read import Book, SheetTable
from cvm_xl.errors import BookError, OutOfRange, Place
from cvm_xl.models.money import minor_units, units_of_sum
from cvm_xl.problems import numbered

__all__ = ["amounts", "ids", "products", "rounded"]


def ids(sales: pd.DataFrame, name: str) -> np.ndarray:
    if name not in sales:
        return np.full(len(sales), None, dtype=object)
    return sales[name].to_numpy(dtype=object)


def products(book: Book) -> dict[str, dict[str, Any]]:
    """What the table Products says, by column and product."""
    table = book.tables.get("Products")
    if table is None:
        return {}
    frame = table.frame.drop_duplicates("product")
    return {
        column: dict(zip(frame["product"], frame[column], strict=True))
        for column in ("name", "kind", "list_price", "unit_cost")
        if column in frame and frame[column].notna().any()
    }


def amounts(
    sales: pd.DataFrame,
    product: tuple[np.ndarray, np.ndarray],
    inside: np.ndarray,
    known_products: Mapping[str, Any],
    notes: list[str],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Quantity, list revenue, net revenue and cost of goods of each line."""

    def column(name: str) -> np.ndarray:
        return sales[name].to_numpy(dtype=float) if name in sales else np.full(len(sales), np.nan)

    codes, names = product[0][inside], product[1]

    def looked_up(column: str) -> np.ndarray:
        known = known_products.get(column, {})
        return np.array([*(known.get(name, np.nan) for name in names), np.nan], dtype=float)[codes]

    quantity, price, discount, net = column("quantity"), column("list_price"), column("discount"), column("net_revenue")
    cost = column("cost_of_goods")
    price = np.where(np.isnan(price), looked_up("list_price"), price)
    # Without a quantity, a line with a price is one unit.
    quantity = np.where(np.isnan(quantity), np.where(np.isnan(net), 1.0, np.sign(net)), quantity)
    derived = quantity * price * (1 - np.nan_to_num(discount))
    missing = np.isnan(net)
    net = np.where(missing, derived, net)
    lost = np.isnan(net)
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        raise BookError(
            numbered(int(lost.sum()), "[lines have|line has] neither net revenue nor quantity and list price"),
            place=Place(None, "Sales", None, "Net revenue"),
            value=None if codes[row] < 0 else f"product {names[codes[row]]}",
            remedy="Fill in Net revenue, or Quantity and List price (in Sales or in Products)",
        )
    listed = quantity * price
    listed = np.where(
        np.isnan(listed), net / np.where(np.nan_to_num(discount) < 1, 1 - np.nan_to_num(discount), 1), listed
    )
    unit_cost = looked_up("unit_cost")
    cost = np.where(np.isnan(cost), np.nan_to_num(quantity * unit_cost), cost)
    if not cost.any():
        notes.append("no cost of goods is given: gross margin equals net revenue")
    return quantity, listed, net, cost


def rounded(
    table: SheetTable, sales: pd.DataFrame, exact_amounts: list[np.ndarray], decimals: int, notes: list[str]
) -> list[np.ndarray]:
    """List revenue, net revenue and cost of goods in whole minor units, so that sums by anything reconcile.

    Net revenue that was entered keeps its sum, that of the sheet.
    """
    found: list[np.ndarray] = []
    for name, exact in zip(("list_price", "net_revenue", "cost_of_goods"), exact_amounts, strict=True):
        entered = name == "net_revenue" and "net_revenue" in sales and not sales["net_revenue"].isna().any()
        try:
            units = (units_of_sum if entered else minor_units)(exact, decimals)
        except OutOfRange as error:
            row = error.rows[0] if error.rows else 0
            place = table.place(name, int(sales.index[row]))
            raise BookError(f"the amount is {error.message}", place=place, value=error.value) from error
        found.append(units / 10.0**decimals)
        finer = int((np.abs(found[-1] - exact) > 10.0**-decimals / 100).sum()) if entered else 0
        if finer:
            notes.append(
                numbered(finer, "[lines have|line has] a net revenue with more than ")
                + f"{decimals} decimals (Settings, Decimals), rounded so that their sum is that of the sheet"
            )
    return found
