"""Headers of a sheet's table against the schema: which column is which, what is missing, what is misspelt."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cvm_xl.book.schema import Column, Table, normal
from cvm_xl.book.synonyms import SYNONYMS
from cvm_xl.errors import Place
from cvm_xl.problems import Problem

UNREAD = "Nothing to do if it is a note of yours; else rename it as the column that it is"
FEW = 5_000  # names among which a likely spelling is looked for
# Cyrillic and Greek letters as the Latin ones that they look like; then O and 0, I, l and 1
_LATIN = str.maketrans("авеікмнорстухѕјαβεικνορτυχ", "abeikmhopctyxsjabeikvoptyx")
_LOOK_ALIKES = str.maketrans({"o": "0", "l": "1", "i": "1"})

__all__ = ["alike", "fits", "match", "nearest"]


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The word most like `word`, whatever its capitals, or None when none is like it."""
    spelled = {w.casefold(): w for w in words}
    found = difflib.get_close_matches(word.casefold(), spelled, 1, cutoff)
    return spelled[found[0]] if found else None


def alike(words: Iterable[str]) -> Callable[[str], str | None]:
    """A function that gives the name or code among `words` that is probably meant, or None.

    One that differs in capitals, blanks, signs and look-alikes (O and 0, letters of other scripts) alone; for words
    without digits, also one that is nearly spelled so. A code that differs in a digit is another code, not a slip.
    """
    there = list(words)
    spelled = {_looks(name): name for name in reversed(there)}

    def meant(word: str) -> str | None:
        found = spelled.get(_looks(word))
        if found or len(there) > FEW or any(map(str.isdigit, word)):
            return found
        return nearest(word, there, 0.75)

    return meant


def _looks(word: str) -> str:
    if not word.isascii():  # full-width letters and digits are the plain ones
        word = unicodedata.normalize("NFKC", word).casefold().translate(_LATIN)
    return normal(word).translate(_LOOK_ALIKES)


def fits(table: Table, headers: Iterable[object]) -> bool:
    """Whether all required columns are among the headers."""
    known = {column.name for header in headers if (column := table.column(header))}
    return bool(known) and {column.name for column in table if column.required} <= known


def match(table: Table, place: Place, headers: Sequence[str]) -> tuple[dict[int, tuple[str, Column]], list[Problem]]:
    """Which position of the sheet's table holds which column, and what is wrong with the headers.

    Returns
    -------
    dict
        By position, the key in the frame (`Column.name`; the header itself for a further column of a table with
        extras) and the column.
    list of Problem
        Missing, doubled and unknown columns.
    """
    columns: dict[int, tuple[str, Column]] = {}
    taken: dict[str, str] = {}
    unknown: list[tuple[int, str]] = []
    problems: list[Problem] = []

    def report(level: str, header: str, value: str | None, message: str, remedy: str = "") -> None:
        problems.append(Problem(level, replace(place, column=header), value, message, remedy))  # type: ignore[arg-type]

    for i, header in enumerate(headers):
        column = table.column(header)
        if column is None:
            unknown.append((i, header))
        elif column.name in taken:
            text = f"two columns mean {column.header}: {taken[column.name]!r} and {header!r}; the first was read"
            report("error", header, header, text, "Rename or remove one of them")
        else:
            taken[column.name] = header
            columns[i] = column.name, column

    missing = {column.header: column for column in table if column.name not in taken}
    for column in missing.values():
        if column.required:
            elsewhere = (header for _, header in unknown if normal(header) in SYNONYMS.get(column.name, ()))
            meant = next(elsewhere, None) or nearest(column.header, (header for _, header in unknown), 0.5)
            remedy = f"Rename {meant!r} to {column.header!r}" if meant else f"Add it: {column.help}"
            report("error", column.header, meant, "the column is missing", remedy)
    optional = [header for header, column in missing.items() if not column.required]
    for i, header in unknown:
        meant = nearest(header, optional, 0.8)
        if meant:
            # figures would be computed as if the column were not there
            text, remedy = f"is not a column of {table.name}, but {meant!r} is", f"Rename it to {meant!r} if it is that"
            report("error", header, header, text, f"{remedy}, else give it a name less like it")
            continue
        called = next((head for head in optional if normal(header) in SYNONYMS.get(missing[head].name, ())), None)
        if called:
            text = f"is a column of yours, while {table.name} has no column {called!r}"
            report("warning", header, header, text, f"Rename it to {called!r} if it is that; nothing to do if not")
        if table.extras and header not in taken:
            taken[header] = header
            columns[i] = header, Column(header, "text", "")
        elif not called:
            report("warning", header, header, f"is not a column of {table.name} and is not read", UNREAD)
    return columns, problems
