"""Cells of one column, each with its own type, as a typed array and the faults found on the way.

A cell becomes its exact value or a fault; nothing turns into a blank or a number by the way.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.book.schema import Column, normal
from cvm_xl.problems import Level

__all__ = ["DAY", "NUMBER", "Coded", "Converted", "Fault", "array_type", "convert", "convert_coded", "date_from_text"]

NAT = np.datetime64("NaT", "s")
EPOCH = np.datetime64("1899-12-30", "s")
LAST_SERIAL = 2_958_466  # 10000-01-01
EXACT = 1e15  # Excel keeps 15 digits


class Fault(NamedTuple):
    """What is wrong with a cell and what to do."""

    message: str
    remedy: str
    level: Level = "error"


class Converted(NamedTuple):
    """Values of a column's cells (blank: NaN, NaT or None) and the faults by position."""

    values: np.ndarray
    faults: list[tuple[int, Fault]]


NUMBER, DAY = -1, -2


class Coded(NamedTuple):
    """Cells of one column: a code each, 0 for blank, NUMBER, DAY or a place in `others`.

    `numbers` are the numbers, and Excel's serial numbers of whole days from 1 March 1900 on.
    """

    codes: NDArray[np.int32]
    numbers: NDArray[np.float64]
    others: list[object]

    def head(self, rows: int) -> Coded:
        """The first so many cells."""
        return Coded(self.codes[:rows], self.numbers[:rows], self.others)

    def cells(self, start: int = 0) -> list[object]:
        """The cells from a position on, one by one as python-calamine gives them."""
        cells, place = _distinct(Coded(self.codes[start:], self.numbers[start:], self.others), None)
        return [cells[i] for i in place.tolist()]


AS_NUMBER = "Enter it as a number, or clear the cell"
TEXT_NUMBER = Fault(
    "is a number stored as text",
    "Select the column and choose Data > Text to Columns > Finish, or type the number again",
)
TEXT = Fault("is text where a number belongs", AS_NUMBER)
LOGICAL = Fault("is TRUE or FALSE where a number belongs", AS_NUMBER)
DATE_NUMBER = Fault("is formatted as a date or time where a number belongs", "Give the cell a number format")
INFINITE = Fault("is no finite number", AS_NUMBER)
FRACTION = Fault("is no whole number", "Enter a whole number, or clear the cell")
PERCENT = Fault(
    "is a percentage stored as text", "Enter it as a number: 5% or 0.05, with the cell formatted as percentage"
)
AS_DATE = "Enter it as a date, or as text of the form 2011-12-31"
AS_DATES = f"{AS_DATE}; a whole column: Data > Text to Columns, in its third step Date: DMY or MDY"
AMBIGUOUS = Fault("is ambiguous text: day and month cannot be told apart", AS_DATES)
TEXT_DATE = Fault("is text, not a date", AS_DATE)
TEXT_DAY = Fault("is text, not a date", AS_DATES)
NO_DAY = Fault("names a day that does not exist", AS_DATE)
NO_DATE = Fault("is no date", AS_DATE)
NO_SERIAL = Fault("is no date: a time without a day, or a number below 1 shown as a date", AS_DATE)
COMPACT_DATE = Fault("is a number, not a date", "Year, month and day as one number: enter it as a date, 2011-12-31")
DATE_ID = Fault("is a date where a name or number belongs", "Format the cell as text and type it again")
LONG_ID = Fault("has more digits than Excel keeps", "Format the cell as text and type the number again")
NO_FLAG = Fault("is neither TRUE nor FALSE", "Enter TRUE or FALSE")

_APART = r"[.,'’\s\u00a0\u202f]"  # thousands
_NUMBER_LIKE = re.compile(
    rf"[-+\u2212(]?[\s$€£]*(?:\d{{1,3}}(?:{_APART}\d{{2,3}})*{_APART}\d{{3}}|\d+)(?:[.,]\d*)?(?:[eE][-+]?\d+)?[)\s€$£-]*"
)
_PERCENT = re.compile(r"\s*[-+]?\d+(?:[.,]\d+)?\s*%\s*")
_ISO = re.compile(
    r"\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?)?\s*(?:Z|[-+]\d{2}:?\d{2})?\s*", re.ASCII
)
_DAY_MONTH = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[ T].*)?", re.ASCII)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def array_type(kind: str) -> str:
    """The numpy type of a column of that kind."""
    if kind in ("number", "money", "share", "whole"):
        return "float64"
    return "datetime64[s]" if kind == "date" else "object"


def convert(column: Column, cells: Sequence[object], *, date1904: bool, seen: dict[object, object]) -> Converted:
    """Type the cells of a column.

    Parameters
    ----------
    column : Column
        What the schema says of it.
    cells : sequence
        Values as python-calamine gives them: float, str, bool, date, datetime, time, timedelta; "" is blank.
    date1904 : bool
        Whether serial numbers of dates count from 1904-01-01.
    seen : dict
        Texts met before, so that equal texts are one object; the same dict for all chunks of a column.
    """
    if array_type(column.kind) == "float64":
        return _numbers(column.kind, cells)
    if column.kind == "date":
        return _dates(cells, date1904)
    if column.kind in ("id", "text"):
        return _texts(column.kind, cells, seen)
    if column.kind == "choice":
        return _each(cells, _choice(column))
    return _each(cells, _flag if column.kind == "flag" else _any)


def convert_coded(
    column: Column, coded: Coded, *, date1904: bool
) -> tuple[np.ndarray, list[tuple[int, Fault, object]]]:
    """What `convert` gives for the same cells, and with each fault its cell; equal cells are converted once."""
    kind = array_type(column.kind)
    direct = {"float64": NUMBER, "datetime64[s]": DAY}.get(kind)
    cells, place = _distinct(coded, direct)
    once = convert(column, cells, date1904=date1904, seen={})
    values = once.values[place]
    faults: list[tuple[int, Fault, object]] = []
    if once.faults:
        faulty = dict(once.faults)
        where = np.flatnonzero(np.isin(place, list(faulty))).tolist()
        faults = [(i, faulty[place[i]], cells[place[i]]) for i in where]
    if direct is not None:
        plain = coded.codes == direct
        numbers = coded.numbers if plain.all() else coded.numbers[plain]
        if direct == DAY:
            values[plain] = EPOCH + (numbers.astype("int64") * 86_400).astype("timedelta64[s]")
        else:
            values[plain] = numbers
            if column.kind == "whole":
                broken = np.flatnonzero(plain & (values != np.floor(values)))
                faults += [(i, FRACTION, float(values[i])) for i in broken.tolist()]
                values[broken] = np.nan
    return values, faults


def _distinct(coded: Coded, direct: int | None) -> tuple[list[object], NDArray[np.intp]]:
    """Each cell that occurs, once, the first of them blank; and which of them is where. Those of code `direct` count
    as blank.
    """
    cells: list[object] = [""]
    place = np.zeros(len(coded.codes), dtype=np.intp)
    named = np.flatnonzero(coded.codes > 0)
    if len(named):
        codes = coded.codes[named]
        used = np.flatnonzero(np.bincount(codes))
        new = np.zeros(int(used[-1]) + 1, dtype=np.intp)
        new[used] = np.arange(1, len(used) + 1)
        place[named] = new[codes]
        cells += [coded.others[i] for i in used.tolist()]
    for code in (NUMBER, DAY):
        where = np.flatnonzero(coded.codes == code) if code != direct else []
        if len(where):
            each, which = np.unique(coded.numbers[where], return_inverse=True)
            place[where] = which + len(cells)
            cells += (
                each if code == NUMBER else EPOCH.astype("datetime64[D]") + each.astype("timedelta64[D]")
            ).tolist()
    return cells, place


# --- numbers ---------------------------------------------------------------------------------------------------


def _numbers(kind: str, cells: Sequence[object]) -> Converted:
    types = set(map(type, cells))
    if types <= {float, int}:
        values = np.array(cells, dtype="float64")
        faults: list[tuple[int, Fault]] = []
    else:
        numeric = (float, int)
        values = np.array([c if type(c) in numeric else np.nan for c in cells], dtype="float64")
        faults = [(i, _no_number(kind, c)) for i, c in enumerate(cells) if type(c) not in numeric and c != ""]
    if not np.isfinite(values).all():
        unusable = [i for i in np.flatnonzero(~np.isfinite(values)).tolist() if type(cells[i]) is float]
        values[unusable] = np.nan
        faults += [(i, INFINITE) for i in unusable]
    if kind == "whole":
        broken = np.flatnonzero(np.isfinite(values) & (values != np.floor(values)))
        values[broken] = np.nan
        faults += [(i, FRACTION) for i in broken.tolist()]
    return Converted(values, faults)


def _no_number(kind: str, cell: object) -> Fault:
    if isinstance(cell, str):
        if kind == "share" and _PERCENT.fullmatch(cell):
            return PERCENT
        return TEXT_NUMBER if _NUMBER_LIKE.fullmatch(cell.strip()) else TEXT
    return LOGICAL if isinstance(cell, bool) else DATE_NUMBER


# --- dates -----------------------------------------------------------------------------------------------------


def _dates(cells: Sequence[object], date1904: bool) -> Converted:
    types = set(map(type, cells))
    days = {datetime.date, datetime.datetime}
    if types <= days:
        return Converted(_seconds(cells), [])
    values = np.full(len(cells), NAT)
    real = [i for i, c in enumerate(cells) if type(c) in days]
    if real:
        values[real] = _seconds([cells[i] for i in real])
    faults: list[tuple[int, Fault]] = []
    read: dict[object, np.datetime64 | Fault] = {}
    for i, cell in enumerate(cells):
        if cell == "" or type(cell) in days:
            continue
        key = (type(cell), cell)
        result = read.get(key)
        if result is None:
            result = read[key] = _date(cell, date1904)
        if isinstance(result, Fault):
            faults.append((i, result))
        else:
            values[i] = result
    return Converted(values, faults)


def _seconds(days: Sequence[object]) -> np.ndarray:
    """Seconds, rounded: serial numbers of times are off by a millisecond."""
    milli = np.array(days, dtype="datetime64[ms]")
    return (milli + np.timedelta64(500, "ms")).astype("datetime64[s]")


def _date(cell: object, date1904: bool) -> np.datetime64 | Fault:
    if isinstance(cell, bool):
        return NO_DATE
    if isinstance(cell, float | int):
        if not 0 <= cell < LAST_SERIAL:
            return COMPACT_DATE if 19000101 <= cell <= 99991231 else NO_DATE
        # Excel counts a 29th of February 1900, so serials below 61 are a day later than from 1899-12-30
        start = "1904-01-01" if date1904 else "1899-12-30" if cell >= 60 else "1899-12-31"
        return np.datetime64(start, "s") + np.timedelta64(round(cell * 86400), "s")
    return date_from_text(cell) if isinstance(cell, str) else NO_SERIAL


def date_from_text(text: str) -> np.datetime64 | Fault:
    """The moment that ISO 8601 text names, without its offset from UTC, or why it names none."""
    iso = _ISO.fullmatch(text)
    try:
        if iso:
            return np.datetime64(datetime.datetime.fromisoformat(f"{iso[1]}T{iso[2] or '00:00'}"), "s")
    except ValueError:
        return NO_DAY
    parts = _DAY_MONTH.fullmatch(text)
    if not parts:
        return TEXT_DATE
    least, most = sorted((int(parts[1]), int(parts[2])))
    if most <= 12 and parts[1] != parts[2]:
        return AMBIGUOUS
    try:
        datetime.date(2000 + int(parts[3]) % 100 if len(parts[3]) == 2 else int(parts[3]), least, most)
    except ValueError:
        return NO_DAY
    return TEXT_DAY


# --- texts -----------------------------------------------------------------------------------------------------


def _texts(kind: str, cells: Sequence[object], seen: dict[object, object]) -> Converted:
    seen.setdefault("", None)
    values = np.empty(len(cells), dtype=object)
    if set(map(type, cells)) == {str}:
        values[:] = [seen.setdefault(c, c) for c in cells]
        return Converted(values, [])
    faults: list[tuple[int, Fault]] = []
    for i, cell in enumerate(cells):
        if type(cell) is str:
            values[i] = seen.setdefault(cell, cell)
            continue
        key = (type(cell), cell)
        result = seen.get(key)
        if result is None:
            result = seen[key] = _text(kind, cell)
        if isinstance(result, Fault):
            faults.append((i, result))
        else:
            values[i] = result
    return Converted(values, faults)


def _text(kind: str, cell: object) -> str | Fault:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        if abs(cell) >= EXACT and kind == "id":
            return LONG_ID
        return str(int(cell)) if float(cell).is_integer() and abs(cell) < EXACT else repr(cell)
    if kind == "id":
        return DATE_ID
    return cell.isoformat() if isinstance(cell, datetime.date | datetime.time) else str(cell)


# --- the rest --------------------------------------------------------------------------------------------------


def _each(cells: Sequence[object], read: Callable[[object], object]) -> Converted:
    values = np.empty(len(cells), dtype=object)
    faults: list[tuple[int, Fault]] = []
    for i, cell in enumerate(cells):
        result = None if cell == "" else read(cell)
        if isinstance(result, Fault):
            faults.append((i, result))
        else:
            values[i] = result
    return Converted(values, faults)


def _choice(column: Column) -> Callable[[object], object]:
    words = {normal(word): word for word in column.choices}
    fault = Fault("is none of the words allowed here", f"Enter one of: {', '.join(column.choices)}")
    return lambda cell: words.get(normal(cell), fault) if isinstance(cell, str) else fault


def _flag(cell: object) -> bool | Fault:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, float | int):
        return bool(cell) if cell in (0, 1) else NO_FLAG
    return _FLAGS.get(str(cell).strip().casefold(), NO_FLAG)


def _any(cell: object) -> object:
    """Settings: a number, a text, TRUE or FALSE, a date."""
    return cell
