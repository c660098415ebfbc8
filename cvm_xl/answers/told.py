"""What a report that was handed on says: the figures that the next one is compared with."""

from __future__ import annotations

import datetime
from pathlib import Path

from cvm_xl.answers.change import Basis
from cvm_xl.answers.pools import SUBTOTALS
from cvm_xl.book import schema
from cvm_xl.book.package import Package
from cvm_xl.book.parts import tables
from cvm_xl.book.report.content import REPORT, VOLUMES, WORTH
from cvm_xl.errors import BookError

__all__ = ["is_report", "told"]


def is_report(package: Package) -> bool:
    """Whether a workbook is one of our reports."""
    return any(table.name == REPORT.name for table in tables(package))


def told(path: Path, package: Package) -> Basis:
    """The tables of a report, as they were computed.

    Raises
    ------
    BookError
        When the report was made with too few tables.
    """
    from cvm_xl.book.read import read_book

    found = read_book(path, [REPORT, VOLUMES, "SegmentPnL", "Tiers", "Lifetime"], package=package).tables
    frames = {name: table.by_header() for name, table in found.items()}
    missing = [name for name in ("SegmentPnL", VOLUMES.name) if name not in frames]
    if missing:
        raise BookError(
            f"{path.name} has no table {missing[0]} to compare with", remedy="Report it again without --only"
        )
    pnl = frames["SegmentPnL"]
    pools = [name for name in pnl.columns if schema.table("SegmentPnL").column(name) is None]
    pnl = pnl.astype(dict.fromkeys(pools, float))
    said = dict(zip(frames["Report"]["Name"], frames["Report"]["Value"], strict=True))
    return Basis(
        datetime.date.fromisoformat(said["Period start"]),
        datetime.date.fromisoformat(said["Period end"]),
        said.get("Currency", ""),
        int(said["Decimals"]),
        pnl,
        [name for name in pools if name not in SUBTOTALS.values()],
        frames[VOLUMES.name],
        frames.get("Tiers"),
        frames.get("Lifetime"),
        said.get(WORTH, ""),
    )
