"""Number formats and colours, as Excel and as LibreOffice spell them."""

from __future__ import annotations

from functools import cache
from typing import Any

from cvm_xl.hosts.calc.engine.office import uno

__all__ = ["format_key", "from_rgb", "locale", "to_rgb"]


@cache
def locale() -> Any:
    """English of the United States: the language of Excel's number formats."""
    made = uno().createUnoStruct("com.sun.star.lang.Locale")
    made.Language, made.Country = "en", "US"
    return made


def format_key(formats: Any, text: str) -> int:
    """The number that a document has for a format, given one where it has none."""
    if text == "General":
        return formats.getStandardIndex(locale())
    key = formats.queryKey(text, locale(), False)
    return key if key != -1 else formats.addNew(text, locale())


def to_rgb(colour: int) -> tuple[int, int, int] | None:
    """LibreOffice's colour as (red, green, blue); None where there is none."""
    return None if colour < 0 else (colour >> 16 & 255, colour >> 8 & 255, colour & 255)


def from_rgb(colour: Any) -> int:
    """A colour of xlwings (a triple, "#RRGGBB", Excel's number, None) as LibreOffice's."""
    if colour is None:
        return -1
    if isinstance(colour, str):
        return int(colour.lstrip("#"), 16)
    if isinstance(colour, int):  # Excel's: blue, green, red
        return (colour & 255) << 16 | (colour >> 8 & 255) << 8 | colour >> 16 & 255
    red, green, blue = colour
    return red << 16 | green << 8 | blue
