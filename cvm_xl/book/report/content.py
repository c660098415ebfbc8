"""What a report says, before it is drawn."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cvm_xl.book.schema import Column, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REPORT", "VOLUMES", "WORTH", "About", "Content", "Page", "span"]

REPORT = Table(
    "Report",
    "What the report rests on.",
    (Column("Name", "id", "What is told", width=24), Column("Value", "text", "Its value", width=50)),
    role="output",
    key=("name",),
    sheet_name="Record",
)
VOLUMES = Table(
    "Volumes",
    "Sales by product: what the next report is compared by.",
    (
        Column("Product", "id", "Product code"),
        Column("Units", "number", "Returns taken off"),
        Column("Net revenue", "money", "What was invoiced, returns taken off", width=17),
        Column("Cost of goods", "money", "Cost of the units", width=17),
    ),
    role="output",
    key=("product",),
)
"""Tables that only reports have."""
WORTH = "Lifetime value"  # the fact that says over which future it is counted


class Figure(Protocol):
    """A number to know."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def said(self) -> str: ...


class Action(Protocol):
    """Something to do, and why."""

    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def page(self) -> str: ...


@dataclass(frozen=True)
class About:
    """Whose figures, of when, in which money, from which file.

    `facts` are names and values of everything that the figures depend on: settings, versions.
    """

    company: str
    part: str
    start: datetime.date
    end: datetime.date
    currency: str
    decimals: int
    source: str
    fingerprint: str
    facts: Sequence[tuple[str, str]] = ()

    @property
    def period(self) -> str:
        return span(self.start, self.end)

    @property
    def who(self) -> str:
        return ", ".join(part for part in (self.company, self.part) if part)


def span(start: datetime.date, end: datetime.date) -> str:
    """A period as it is read everywhere: 2024; Mar 2024; 2 Jan 2024 to 9 Dec 2024."""
    after = end + datetime.timedelta(days=1)
    if start.day == after.day == 1:
        if start.month == after.month == 1 and after.year == start.year + 1:
            return f"{start.year}"
        if after.year * 12 + after.month == start.year * 12 + start.month + 1:
            return f"{start:%b %Y}"
    return f"{start.day} {start:%b %Y} to {end.day} {end:%b %Y}"


@dataclass(frozen=True)
class Page:
    """One page: its kind says how it is drawn, its headline what it found."""

    kind: str
    name: str
    headline: str
    subject: str
    frames: Mapping[str, pd.DataFrame]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Content:
    """The whole report. `tables` are the workbook's answers in full, `left_out` what there is not, and why."""

    about: About
    headline: str
    figures: Sequence[Figure]
    actions: Sequence[Action]
    remarks: Sequence[str]
    pages: Sequence[Page]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    left_out: Sequence[tuple[str, str]] = ()
