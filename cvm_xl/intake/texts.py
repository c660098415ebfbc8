"""Numbers and dates written as text, understood over a whole column: decimal mark, order of day and month."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np

from cvm_xl.figures import exact

__all__ = ["ORDERS", "Dates", "decimal_mark", "number"]

ORDERS = ("dmy", "mdy", "ymd")

# --- numbers ---------------------------------------------------------------------------------------------------

_SPACE = "[ \u00a0\u202f]"
_NUMBER = re.compile(
    rf"{_SPACE}*(?P<open>\()?{_SPACE}*(?P<sign>[-+−])?{_SPACE}*[$€£]?{_SPACE}*(?P<late>[-+−])?{_SPACE}*"
    rf"(?P<digits>[\d.,'’ \u00a0\u202f]*\d[.,]?)(?P<exponent>[eE][-+]?\d+)?"
    rf"(?P<trailing>-)?{_SPACE}*[$€£]?(?P<percent>{_SPACE}*%)?{_SPACE}*(?P<close>\))?{_SPACE}*",
    re.ASCII,
)
_GROUPS = "[1-9][0-9]{0,2}(?:[%s' \u00a0\u202f’][0-9]{3})+"
_FITS = {
    ".": re.compile(rf"(?:[0-9]+|{_GROUPS % ','})(?:\.[0-9]*)?|\.[0-9]+"),
    ",": re.compile(rf"(?:[0-9]+|{_GROUPS % '.'})(?:,[0-9]*)?|,[0-9]+"),
}
_OTHER = re.compile("[^0-9.,]")


def decimal_mark(texts: Iterable[str], default: str) -> tuple[str, str]:
    """The decimal mark of numbers as text, and a sentence on it where it was not certain.

    A text such as 12.50 tells; 1,234 does not. `default` holds where no text tells.
    """
    tells: dict[str, str] = {}
    counts = {".": 0, ",": 0}
    unclear = ""
    for text in texts:
        found = _NUMBER.fullmatch(text)
        if not found:
            continue
        marks = [mark for mark, fits in _FITS.items() if fits.fullmatch(found["digits"])]
        if len(marks) == 1:
            counts[marks[0]] += 1
            tells.setdefault(marks[0], text)
        elif marks and ("." in text or "," in text):
            unclear = unclear or text
    if counts["."] and counts[","]:
        mark = max(counts, key=lambda m: counts[m])
        other = next(m for m in counts if m != mark)
        return (
            mark,
            f"decimal marks are mixed: {mark!r} was taken, as in {tells[mark]!r}, and {tells[other]!r} rejected",
        )
    if counts["."] or counts[","]:
        mark = "." if counts["."] else ","
        return mark, "decimal comma" if mark == "," else ""
    if unclear:
        shown = number(unclear, default)
        return (
            default,
            f"no number tells whether its decimal mark is a comma or a point: {unclear!r} was read as {exact(shown)}",
        )
    return default, ""


def number(text: str, mark: str) -> float | None:
    """The number that a text is, with that decimal mark, or None. A percentage is a hundredth of its number."""
    found = _NUMBER.fullmatch(text)
    if not found or not _FITS[mark].fullmatch(found["digits"]) or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [s for s in (found["sign"], found["late"], found["trailing"], found["open"]) if s]
    if len(signs) > 1:
        return None
    digits = _OTHER.sub("", found["digits"])
    digits = digits.replace(",", "") if mark == "." else digits.replace(".", "").replace(",", ".")
    value = float(digits + (found["exponent"] or ""))
    if not np.isfinite(value):
        return None
    # a decimal shift by text keeps 5.1% at 0.051
    value = float(f"{digits}e-2") if found["percent"] else value
    return -value if signs and signs[0] in "-−(" else value


# --- dates -----------------------------------------------------------------------------------------------------

_TIME = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?\s*(?:Z|[-+]\d{2}:?\d{2}|UTC)?)?"
)
_NUMERIC = re.compile(
    rf"\s*(?P<a>\d{{1,4}})(?P<by>[./-])\s?(?P<b>\d{{1,2}})(?P=by)\s?(?P<c>\d{{1,4}}){_TIME}\s*", re.ASCII
)
_COMPACT = re.compile(
    r"\s*(?P<a>\d{4})(?P<b>\d{2})(?P<c>\d{2})(?:T?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?)?\s*", re.ASCII
)
_NAMED = re.compile(
    r"\s*(?:(?P<d1>\d{1,2})[ .-]+(?P<m1>[A-Za-z]{3,9})|(?P<m2>[A-Za-z]{3,9})\.?[ -]+(?P<d2>\d{1,2}))[ .,-]+(?P<y>\d{4})"
    rf"{_TIME}\s*",
    re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Dates:
    """How the dates of one column are written.

    Parameters
    ----------
    texts : sequence of str
        Distinct texts of the column.
    order : {"dmy", "mdy", "ymd"}, optional
        The order of day, month and year, where the user says it.

    Attributes
    ----------
    order : str or None
        The order found; None when no text needs one.
    unclear : str
        A text that could be read in two ways, when no other text decides; the dates cannot be read then.
    clash : tuple of str
        Two texts that no one order fits.
    """

    def __init__(self, texts: Sequence[str], order: str | None = None) -> None:
        self.order, self.unclear, self.clash = order, "", ()
        self.certain = order is not None
        if order is None:
            self._decide(texts)

    def _decide(self, texts: Sequence[str]) -> None:
        possible: dict[frozenset[str], str] = {}
        open_text = ""
        dotted = True
        for text in texts:
            found = _NUMERIC.fullmatch(text)
            if not found:
                continue
            readings = {order: day for order in ORDERS if (day := _in_order(found, order))}
            if readings:
                possible.setdefault(frozenset(readings), text)
            if len(set(readings.values())) > 1:
                open_text = open_text or text
                dotted = dotted and found["by"] == "."
        if not possible:
            return
        orders = frozenset(ORDERS).intersection(*possible)
        if not orders:
            pairs = product(possible.items(), repeat=2)
            self.clash = next(
                ((one, other) for (a, one), (b, other) in pairs if not a & b), tuple(possible.values())[:2]
            )
        elif len(orders) == 1 or not open_text:
            self.order, self.certain = next(order for order in ORDERS if order in orders), True
        elif dotted and "dmy" in orders:
            self.order = "dmy"  # dots stand between day, month and year wherever dots are used
        else:
            self.unclear = open_text

    def read(self, text: str) -> np.datetime64 | None:
        """The moment a text names, to the second and without its offset from UTC, or None."""
        found = _NUMERIC.fullmatch(text)
        if found:
            day = _in_order(found, self.order) if self.order else None
        elif found := _COMPACT.fullmatch(text):
            day = _day(found["a"], found["b"], found["c"])
        elif found := _NAMED.fullmatch(text):
            month = (found["m1"] or found["m2"])[:3].lower()
            number = _MONTHS.index(month) + 1 if month in _MONTHS else 0
            day = _day(found["y"], str(number), found["d1"] or found["d2"])
        else:
            return None
        time = _time(found) if found else None
        return None if day is None or time is None else np.datetime64(datetime.datetime.combine(day, time), "s")


def _in_order(found: re.Match[str], order: str) -> datetime.date | None:
    if len(found["a"]) == 4:  # the year comes first whatever the order of the others
        return _day(found["a"], found["b"], found["c"])
    parts = dict(zip(order, (found["a"], found["b"], found["c"]), strict=True))
    return _day(parts["y"], parts["m"], parts["d"])


def _day(year: str, month: str, day: str) -> datetime.date | None:
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    full = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 69 else 1900)
    try:
        return datetime.date(full, int(month), int(day))
    except ValueError:
        return None


def _time(found: re.Match[str]) -> datetime.time | None:
    if not found["hour"]:
        return datetime.time()
    hour, half = int(found["hour"]), found.groupdict().get("half")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    try:
        return datetime.time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        return None
