"""Figures in texts, written so that readers of every country read them alike.

A cell shows its number as the reader's locale has it, but a text is the same for all, and 1,234 is more than a thousand
to one and a little more than one to another. So thousands are apart by a space that does not break, as ISO 80000-1 has
it, and decimals follow a point, never three of them, which some would take for thousands.
"""

from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal

__all__ = ["APART", "exact", "figure", "plain", "renewed", "rounded", "shown", "signed", "visible"]

LARGE = 1e15
APART = "\u00a0"  # the no-break space, which fonts and code pages have; they lack the narrow one


def figure(value: float, decimals: int = 0) -> str:
    """A number with its thousands apart: 425 000; 44.42. What rounds to nothing has no sign.

    Of 15 digits and more, which nobody counts, only the first: 4.25e+300.
    """
    return _clear(f"{value:z,.{decimals}f}") if abs(value) < LARGE else rounded(value, 6)


def signed(value: float, decimals: int = 0) -> str:
    """A change: +12 000 or -12 000."""
    return _clear(f"{value:+z,.{decimals}f}")


def rounded(value: float, digits: int) -> str:
    """A number to so many significant digits, without needless zeros: 1 234 000; 0.0561; 2.5."""
    text = f"{value:.{digits}g}"
    return _clear(f"{Decimal(text):,f}" if 1e-9 < abs(value) < LARGE else text)


def exact(value: float) -> str:
    """A number as it is looked for, its thousands together: 10042.5."""
    return _clear(f"{value:.15g}")


def shown(value: object) -> str:
    """A value as messages show it: text in quotes, numbers without a needless ".0", dates as ISO text."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:57]}...")
    simple = plain(value)
    if isinstance(simple, bool):
        return "TRUE" if simple else "FALSE"
    return exact(simple) if isinstance(simple, float) else str(simple)


def visible(text: str) -> str:
    """A text for a terminal: what would steer that, such as colours or a title, spelled out."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)


def plain(value: object) -> object:
    """A value that JSON can hold."""
    if getattr(value, "shape", None) == ():  # numpy's, which is not to be imported for this
        value = (value.astype("datetime64[s]") if value.dtype.kind == "M" else value).item()  # type: ignore[attr-defined]
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)


def renewed(text: object) -> object:
    """A text in a workbook of an earlier version, which wrote 1,234.50, as it is written now."""
    return re.sub(r"(?<=\d),(?=\d{3}\b)", APART, text) if isinstance(text, str) else text


def _clear(text: str) -> str:
    number, power, ten = text.partition("e")
    whole, _, decimals = number.partition(".")
    taken_for_thousands = len(decimals) == 3 and whole.lstrip("+-") != "0"
    return number.replace(",", APART) + "0" * taken_for_thousands + power + ten
