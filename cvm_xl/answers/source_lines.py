"""Sales outside the workbook: how they are read, what a first pass over them finds, and when they are refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl.answers.rates import sign
from cvm_xl.book.read import Book
from cvm_xl.data.connect import Connection
from cvm_xl.data.derived import AMOUNTS, SUMMED, Money, day, derived, one
from cvm_xl.data.faults import speaking
from cvm_xl.data.typed import Reading, Seen, seen, typed
from cvm_xl.errors import BookError, Place
from cvm_xl.figures import figure
from cvm_xl.models.money import LARGEST_UNITS
from cvm_xl.problems import Problem, numbered

__all__ = ["SalesSource", "Survey"]

SAID_WITH_MONEY = ("outside net", "returns net", "customerless net")
EXACT = 2.0**53  # whole numbers up to here are exact in a float64


@dataclass(frozen=True)
class Survey:
    """What one pass over all lines found: counts and sums by name."""

    source: SalesSource
    found: Mapping[str, Any]
    chosen: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.found[name]

    def problems(self) -> Iterator[Problem]:
        """Errors and warnings, each with how many lines it concerns and where one of them can be found."""
        place, of = self.source.place, self.found
        if not of["lines"]:
            yield Problem("error", place(), None, "the source has no lines", "Correct Source, Relation or Mapping")
            return
        for reading in self.source.readings:
            name, header = self.source.name(reading), reading.column.header
            if bad := of.get(f"fault {name}", 0):
                example = self.source.example(name)
                kind = "date" if reading.column.kind == "date" else "number"
                yield Problem(
                    "error", place(header), example, f"{figure(bad)} lines have no {kind} in {reading.source}",
                    "Correct them in the source, or map another column",
                )  # fmt: skip
        if of["undated"]:
            yield Problem(
                "error",
                place("Date"),
                None,
                f"{figure(of['undated'])} lines have no date",
                "Fill it in, or leave them out",
            )
        if of["lost"]:
            text = f"{figure(of['lost'])} lines have neither net revenue nor quantity and list price"
            remedy = "Fill in Net revenue, or Quantity and List price (in the source or in Products)"
            yield Problem("error", place("Net revenue"), None, text, remedy)
        if of["large"]:
            text = (
                f"{figure(of['large'])} lines have an amount too large for its decimals, since a cell keeps 15 digits"
            )
            yield Problem("error", place("Net revenue"), None, text, "Correct it, or use a larger unit")
        elif of["mass"] > EXACT:
            text = "the amounts are too large for their decimals: their sum has more digits than are exact"
            yield Problem("error", place("Net revenue"), None, text, "Use a larger unit, or fewer decimals in Settings")
        if of["above"]:
            text = f"{figure(of['above'])} lines have a discount above 100%"
            yield Problem("error", place("Discount"), None, text, "Enter a share: 0.05, not 5")
        if of["unrated"]:
            text = f"{figure(of['unrated'])} lines are in a currency without a rate on their day"
            yield Problem("error", place("Currency"), of["unrated example"], text, "Add it to Rates")
        unit = 10.0 ** int(self.chosen["decimals"])
        said = (
            ("customerless", "Customer", "have no customer and are reported as Unassigned", "Fill in Customer"),
            ("returns", "Quantity", "are returns", "Nothing to do if they are: they reduce revenue"),
            ("outside", "Date", "lie outside the period of Settings and are not counted",
             "Correct Period start or Period end if they should"),
        )  # fmt: skip
        for name, header, text, remedy in said:
            if of[name]:
                money = float(of[f"{name} net"] or 0) / unit
                text = f"{figure(of[name])} lines with net revenue of {figure(money, 2)} {text}"
                yield Problem("warning", place(header), None, text, remedy)
        if not of["inside"]:
            remedy = f"Sales run from {of['earliest']} to {of['latest']}; correct Period start and Period end"
            yield Problem("error", place("Date"), None, "no sales line lies within the period of Settings", remedy)

    def refuse(self) -> None:
        """Raise the first error: figures would be wrong."""
        for problem in self.problems():
            if problem.level == "error":
                raise BookError(problem.message, place=problem.place, value=problem.value, remedy=problem.remedy)

    def notes(self) -> list[str]:
        """What a refresh says of the lines."""
        decimals = int(self.chosen["decimals"])
        said = [
            f"{figure(self['lines'])} sales lines were read where they are: {self.source.connection.location.shown}"
        ]
        if self["outside"]:
            text = "sales [lines|line] outside the period [were|was] left out"
            said.append(numbered(self["outside"], text))
        if self["finer"]:
            text = f"a net revenue with more than {decimals} decimals (Settings, Decimals), rounded line by line"
            said.append(numbered(self["finer"], f"[lines have|line has] {text}"))
        if not self["costly"]:
            said.append("no cost of goods is given: gross margin equals net revenue")
        return said


@dataclass
class SalesSource:
    """Sales outside the workbook: an open table, and how its columns are read."""

    connection: Connection
    readings: Sequence[Reading]
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @staticmethod
    def name(reading: Reading) -> str:
        """What a column is called in frames: an own column by its header."""
        return reading.column.name if reading.column.help else reading.column.header

    @property
    def own(self) -> list[str]:
        """The analyst's own columns."""
        return [self.name(reading) for reading in self.readings if not reading.column.help]

    def place(self, column: str | None = None) -> Place:
        """Where it is declared, and which column of Sales is meant."""
        at = self.connection.location.place
        return Place(at.sheet, at.table, at.row, column and f"{column} of Sales")

    @cached_property
    def seen(self) -> Seen:
        """What the columns hold that figures are computed from: most need nothing derived."""
        return seen(self.connection, self.readings, (*AMOUNTS, "date"))

    @cached_property
    def _typed(self) -> tuple[Any, dict[str, Any]]:
        with speaking(self.connection.location):
            return typed(self.connection, self.readings, self.seen.finite)

    def frame(self) -> pd.DataFrame:
        """The columns, without rows."""
        types = {"number": float, "money": float, "share": float, "date": "datetime64[s]"}
        given = {self.name(r): pd.Series([], dtype=types.get(r.column.kind, object)) for r in self.readings}
        return pd.DataFrame(given)

    def named(self, column: str) -> set[str]:
        """The distinct texts of a column."""
        table, _ = self._typed
        if column not in table.columns:
            return set()
        if ("named", column) not in self._kept:
            found = self._execute(table.select(column).distinct())
            self._kept["named", column] = set(found[column].dropna())
        return self._kept["named", column]

    def example(self, column: str) -> object:
        """A value that could not be typed, as text."""
        table, faults = self._typed
        found = self._execute(table.filter(faults[column]).select(f"raw {column}").limit(1))
        return None if found.empty else found.iloc[0, 0]

    def _execute(self, expression: Any) -> pd.DataFrame:
        with speaking(self.connection.location):
            return expression.to_pyarrow().to_pandas()

    # --- the lines -------------------------------------------------------------------------------------------------

    def _derived(self, book: Book, chosen: Mapping[str, Any], **asked: bool) -> Any:
        """All lines, with what is absent derived."""
        table, _ = self._typed
        with speaking(self.connection.location):
            return derived(table, money(book, chosen, self.named("currency")), self.seen.filled, **asked)

    def _small(self, chosen: Mapping[str, Any]) -> bool:
        """Whether no amount and no sum can have too many digits, by what was seen: of most sales at once."""
        columns = ("quantity", "list_price", "net_revenue", "cost_of_goods")
        if not self.seen.filled.issuperset(columns) or self.named("currency"):
            return False
        most = {name: max(abs(float(self.seen.low[name])), abs(float(self.seen.high[name]))) for name in columns}
        top = max(most["quantity"] * most["list_price"], most["net_revenue"], most["cost_of_goods"])
        return max(self.seen.rows, 1) * (top * 10.0 ** int(chosen["decimals"]) + 1) <= LARGEST_UNITS

    def within(self, book: Book, chosen: Mapping[str, Any]) -> Any:
        """The lines within the period of Settings."""
        lines = self._derived(book, chosen)
        start, end = (chosen[name] for name in ("period_start", "period_end"))
        if start is not None:
            lines = lines.filter(lines.date >= day(start))
        if end is not None:
            lines = lines.filter(lines.date <= day(end))
        return lines

    def first_days(self, book: Book, chosen: Mapping[str, Any]) -> pd.Series:
        """The day of each customer's first purchase, before the period too."""
        lines = self._derived(book, chosen)
        lines = lines.filter(lines.customer.notnull(), ~(lines.quantity < 0))
        found = self._execute(lines.group_by("customer").agg(date=lines.date.min()))
        return found.set_index("customer")["date"].astype("datetime64[s]")

    def customers_before(self, book: Book, chosen: Mapping[str, Any]) -> set[str]:
        """The customers who have a line before the period of Settings."""
        if chosen["period_start"] is None:
            return set()
        lines = self._derived(book, chosen)
        early = lines.filter(lines.customer.notnull(), lines.date < day(chosen["period_start"]))
        return set(self._execute(early.select("customer").distinct())["customer"])

    def survey(self, book: Book, chosen: Mapping[str, Any]) -> Survey:
        """A first pass over all lines."""
        if "survey" not in self._kept:
            small = self._small(chosen)
            lines = self._derived(book, chosen, surveyed=True, small=small)
            inside, everything = self._inside(lines, chosen)

            def count(condition: Any) -> Any:
                return one(condition.fill_null(False)).sum().cast("int64")

            def total(amount: Any, condition: Any) -> Any:
                return condition.fill_null(False).ifelse(amount, 0.0).sum().cast("int64")

            def within(column: Any) -> Any:
                return column if everything else inside.ifelse(column, None)

            asked = {
                "lines": lines.count(),
                "inside": lines.count() if everything else count(inside),
                "first": within(lines.date).min(),
                "last": within(lines.date).max(),
                "earliest": lines.date.min(),
                "latest": lines.date.max(),
                **{name: within(lines[name]).sum().cast("int64") for name in SUMMED},
                "finer": count(within(lines.finer)),
                **{name: count(lines[name]) for name in lines.columns if name.startswith("fault ")},
            }
            if not small:
                asked |= {"mass": lines.mass.sum(), "costly": lines.cost_units.abs().max()}
            for name, condition in self._possible(lines, inside, everything=everything).items():
                asked[name] = count(condition)
                if f"{name} net" in SAID_WITH_MONEY:
                    asked[f"{name} net"] = total(lines.net_units, condition)
            row = self._execute(lines.aggregate(**asked)).iloc[0].to_dict()
            found = {name: 0 if value is None or value != value else value for name, value in row.items()}
            found |= self._unrated(book, chosen)
            if small:
                found["costly"] = self.seen.low["cost_of_goods"] or self.seen.high["cost_of_goods"]
            self._kept["survey"] = Survey(self, defaultdict(int, found), chosen)
        return self._kept["survey"]

    def _inside(self, lines: Any, chosen: Mapping[str, Any]) -> tuple[Any, bool]:
        """Whether a line lies within the period of Settings; and whether all do, by what was seen."""
        start, end = (chosen[name] for name in ("period_start", "period_end"))
        if "date" in self.seen.filled:
            first, last = (np.datetime64(found["date"], "D") for found in (self.seen.low, self.seen.high))
            if (start is None or np.datetime64(start, "D") <= first) and (
                end is None or last <= np.datetime64(end, "D")
            ):
                return lines.date.notnull(), True
        inside = lines.date.notnull()
        inside &= (lines.date >= day(start)) if start is not None else True
        inside &= (lines.date <= day(end)) if end is not None else True
        return inside, False

    def _possible(self, lines: Any, inside: Any, *, everything: bool) -> dict[str, Any]:
        """What can be said of lines, by what was seen of their columns."""
        filled, low, high = self.seen.filled, self.seen.low, self.seen.high
        negative = "quantity" not in filled or not low["quantity"] >= 0
        conditions = {
            "outside": (not everything, ~inside & lines.date.notnull()),
            "undated": ("date" not in filled, lines.date.isnull()),
            "lost": ("net_revenue" not in filled, lines.lost),
            "large": ("large" in lines.columns, lines.large if "large" in lines.columns else None),
            "above": ("discount" in high and not high["discount"] <= 1, lines.discount > 1),
            "returns": (negative, lines.quantity < 0),
            "customerless": (True, lines.customer.isnull()),
        }
        return {name: condition for name, (possible, condition) in conditions.items() if possible}

    def _unrated(self, book: Book, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Lines in a currency that has no rate on their day."""
        table, _ = self._typed
        rates = money(book, chosen, self.named("currency")).rates
        own = {"", str(chosen["currency"] or "").casefold()}
        bad: list[Any] = []
        for name in self.named("currency"):
            key = name.strip().casefold()
            if key in own:
                continue
            since = rates.get(key)
            mine = table.currency == name
            if not since:
                bad.append(mine)
            elif since[0][0] is not None:
                bad.append(mine & (table.date < day(since[0][0])))
        if not bad:
            return {"unrated": 0, "unrated example": None}
        wrong = bad[0]
        for more in bad[1:]:
            wrong |= more
        row = self._execute(table.filter(wrong).aggregate(n=table.count(), example=table.currency.min())).iloc[0]
        return {"unrated": int(row["n"]), "unrated example": row["example"]}


def money(book: Book, chosen: Mapping[str, Any], currencies: set[str]) -> Money:
    """How the workbook says that amounts are entered."""
    products = book.tables.get("Products")
    own = str(chosen["currency"] or "").casefold()
    rates: dict[str, list[tuple[Any, float]]] = {}
    table = book.tables.get("Rates")
    foreign = {name.strip().casefold() for name in currencies} - {"", own}
    if table is not None and foreign:
        frame = table.frame
        for key in sorted(foreign):
            mine = frame[frame["currency"].str.casefold() == key]
            since = mine["from"] if "from" in mine else pd.Series(pd.NaT, index=mine.index)
            days = [None if pd.isna(day) else day.date() for day in since]
            pairs = list(zip(days, mine["rate"].astype(float), strict=True))
            rates[key] = sorted(pairs, key=lambda pair: pair[0].toordinal() if pair[0] else 0)
    return Money(
        int(chosen["decimals"]),
        sign(chosen, "revenue"),
        sign(chosen, "cost"),
        None if products is None or products.frame.empty else products.frame,
        own,
        {key: since for key, since in rates.items() if since},
    )
