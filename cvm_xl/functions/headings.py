"""Headings of the columns that a user gave."""

from __future__ import annotations

from cvm_xl.kinds import Named

__all__ = ["headings"]


def headings(table: Named) -> list[str]:
    """Headings of the columns, x1, x2 ... where there are none."""
    heads = table.names or [""] * table.values.shape[1]
    return [head.strip() or f"x{j + 1}" for j, head in enumerate(heads)]
