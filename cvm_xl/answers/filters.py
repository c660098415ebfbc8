"""Filters: which sales lines a rule speaks of, written as `Channel = Web shop; Discount > 10%`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cvm_xl.answers.dimensions import FIXED, TIER, dimension
from cvm_xl.answers.dimensions import names as dimension_names
from cvm_xl.book.headers import alike, nearest
from cvm_xl.book.schema import UNASSIGNED, normal
from cvm_xl.errors import BookError

if TYPE_CHECKING:
    from cvm_xl.answers.facts import Facts
    from cvm_xl.book.read import Book

__all__ = ["NUMBERS", "OPERATORS", "Condition", "chosen", "mask", "number", "parse", "what_is_wrong"]

NUMBERS = {
    normal(name): name.replace(" ", "_")
    for name in ("quantity", "discount", "list revenue", "net revenue", "cost of goods")
}
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<>": operator.ne, "<=": operator.le, ">=": operator.ge, "=": operator.eq, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_CONDITION = re.compile(r"(?P<field>[^<>=]+?)\s*(?P<sign><>|<=|>=|=|<|>)\s*(?P<value>.+)", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """One condition: a field, a sign, and the value; several values apart by commas where the sign is = or <>."""

    field: str
    sign: str
    value: str


def parse(text: str) -> list[Condition]:
    """The conditions of a filter, apart by semicolons; all of them must hold.

    Raises
    ------
    BookError
        When a part is no condition.
    """
    conditions: list[Condition] = []
    for part in filter(None, map(str.strip, text.split(";"))):
        found = _CONDITION.fullmatch(part)
        if not found:
            raise BookError(
                "is no condition", value=part, remedy="Write Channel = Web shop; several conditions apart by semicolons"
            )
        conditions.append(Condition(found["field"].strip(), found["sign"], found["value"].strip()))
    return conditions


def mask(facts: Facts, text: str) -> np.ndarray:
    """Whether the filter holds for each line."""
    holds = np.ones(len(facts.sold), dtype=bool)
    for condition in parse(text):
        holds &= _holds(facts, condition)
    return holds


def _holds(facts: Facts, condition: Condition) -> np.ndarray:
    compare = OPERATORS[condition.sign]
    compared = NUMBERS.get(normal(condition.field))
    if compared is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            listed = np.where(facts.list_revenue != 0, facts.list_revenue, np.nan)
            values = 1 - facts.net_revenue / listed if compared == "discount" else getattr(facts, compared)
        return compare(values, number(condition)) & facts.sold
    split = dimension(facts, condition.field)
    if condition.sign in ("=", "<>"):
        wanted = chosen(condition.value, split.items)
        held = np.array([item.casefold() in wanted for item in split.items])
        return held[split.codes] == (condition.sign == "=")
    held = np.array([item != UNASSIGNED and bool(compare(item, condition.value)) for item in split.items])
    return held[split.codes]


def chosen(value: str, items: Iterable[str]) -> set[str]:
    """The items that a value names, in lower case: the whole text where an item is called so, else its parts."""
    whole = value.casefold()
    if any(item.casefold() == whole for item in items):
        return {whole}
    return {part.strip().casefold() for part in value.split(",") if part.strip()}


def number(condition: Condition) -> float:
    text = condition.value.replace(" ", "")
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise BookError(
            f"{condition.field} is compared with what is no number", value=condition.value, remedy="Write 0.1 or 10%"
        ) from None


def what_is_wrong(book: Book, text: str, *, tiers: bool = False) -> tuple[str, str] | None:
    """Message and remedy where a filter cannot be understood or names what nothing is called; None if it is fine.

    `tiers` says that costs are known where it is used.
    """
    try:
        conditions = parse(text)
        for condition in conditions:
            if normal(condition.field) in NUMBERS:
                number(condition)
    except BookError as error:
        return error.message, error.remedy or ""
    known = dimension_names(book)
    for condition in conditions:
        key = normal(condition.field)
        if key in NUMBERS:
            continue
        if key == normal(TIER) and not tiers:
            return "tiers follow from costs, so no rule of a cost can ask for them", "Filter by another attribute"
        if key not in known:
            meant = nearest(condition.field, [*known.values(), *(n.replace("_", " ") for n in NUMBERS.values())], 0.75)
            remedy = f"Did you mean {meant!r}?" if meant else f"There are: {', '.join(dict.fromkeys(known.values()))}"
            return f"nothing is called {condition.field}", remedy
        items = _items(book, known[key])
        if condition.sign in ("=", "<>") and items:
            for name in sorted(chosen(condition.value, items) - {item.casefold() for item in items}):
                meant = alike(items)(name)
                remedy = f"Did you mean {meant!r}?" if meant else f"Correct it; {condition.field} has no such item"
                return f"no {condition.field} is called {name}", remedy
    return None


_COLUMNS = {
    "Segment": (("Customers", "segment"), ("Segments", "segment")),
    "Customer": (("Sales", "customer"), ("Customers", "customer")),
    "Product": (("Sales", "product"), ("Products", "product")),
    "Channel": (("Sales", "channel"), ("Channels", "channel")),
    "Touch-point": (("Sales", "touch_point"), ("TouchPoints", "touch_point")),
}


def _items(book: Book, name: str) -> set[str]:
    """What a field can be in this book; empty where that cannot be told from the tables."""
    if name == "Kind":
        return {"product", "service", "fee", "adjustment", UNASSIGNED}
    if name in FIXED and name not in _COLUMNS:
        return set()
    places = _COLUMNS.get(name) or tuple((table, name) for table in ("Customers", "Products", "Sales"))
    found: set[str] = set()
    for table, column in places:
        if table in book.sources:
            if column in ("customer", "product"):
                return set()  # too many to list
            found |= book.sources[table].named(column)
        there = book.tables.get(table)
        if there is not None and column in there.frame:
            found |= {str(value) for value in there.frame[column].dropna().unique()}
    return found | {UNASSIGNED} if found else found
