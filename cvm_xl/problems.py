"""What a person should look at in a workbook or a file: where it is, what it is, what to do."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cvm_xl.errors import Place
from cvm_xl.figures import figure, plain, shown

__all__ = ["Level", "Problem", "grouped", "numbered"]

Level = Literal["error", "warning"]
SHOWN = 50  # distinct values listed of one kind of problem in one column


@dataclass(frozen=True)
class Problem:
    """One finding. An error means that the figures would be wrong or missing; a warning, that a person should look.

    `rows` are all sheet rows concerned, `place.row` the first of them; `value` is what stands there.
    """

    level: Level
    place: Place
    value: object
    message: str
    remedy: str = ""
    rows: Sequence[int] = ()

    @property
    def count(self) -> int:
        """Rows concerned, at least 1."""
        return max(len(self.rows), 1)

    def __str__(self) -> str:
        where = str(self.place)
        more = f" and {figure(self.count - 1)} more" if self.count > 1 else ""
        found = "" if self.value is None else f" (found {shown(self.value)})"
        text = ": ".join(part for part in (self.level, f"{where}{more}", f"{self.message}{found}") if part)
        return f"{text}. {self.remedy}" if self.remedy else text

    def as_dict(self) -> dict[str, object]:
        """The problem for JSON; of many rows the first 100."""
        return {
            "level": self.level,
            "source": self.place.source or None,
            "sheet": self.place.sheet,
            "table": self.place.table,
            "row": self.place.row,
            "column": self.place.column,
            "value": plain(self.value),
            "message": self.message,
            "remedy": self.remedy,
            "count": self.count,
            "rows": [int(row) for row in self.rows[:100]],
        }


def numbered(count: int, text: str) -> str:
    """A text whose words are given for many and for one: numbered(1, "[lines have|line has] no customer")."""
    return f"{figure(count)} " + re.sub(r"\[([^|\]]*)\|([^|\]]*)\]", lambda found: found[2 if count == 1 else 1], text)


def grouped(
    level: Level, place: Place, cells: Iterable[tuple[int, object]], message: str, remedy: str = ""
) -> list[Problem]:
    """One problem per distinct value among `cells` (sheet row, value); the values after the first 50 share one.

    Every row is in the `rows` of one of the problems.
    """
    values: dict[Hashable, tuple[object, list[int]]] = {}
    for row, value in cells:
        # 1, 1.0 and True are equal as keys but not what stands in the cells
        values.setdefault((type(value), value), (value, []))[1].append(row)  # type: ignore[arg-type]
    groups = list(values.values())
    problems = [
        Problem(level, replace(place, row=rows[0]), value, message, remedy, tuple(rows))
        for value, rows in groups[:SHOWN]
    ]
    rest = groups[SHOWN:]
    if rest:
        rows = tuple(sorted(row for _, rows in rest for row in rows))
        text = f"{message}; this and {figure(len(rest) - 1)} more values" if len(rest) > 1 else message
        problems.append(Problem(level, replace(place, row=rows[0]), rest[0][0], text, remedy, rows))
    return problems
