"""The paper that sheets print on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvm_xl.book.paper import Paper
    from cvm_xl.hosts.calc.engine.app import Book

__all__ = ["follow_paper", "paper_of"]

_SIZES: dict[Paper, tuple[int, int]] = {"a4": (21000, 29700), "letter": (21590, 27940)}  # hundredths of a millimetre
_NEAR = 100


def paper_of(page: Any) -> Paper | None:
    """The paper of a page style, None where it is another one."""
    given = sorted((page.Width, page.Height))
    for name, size in _SIZES.items():
        if all(abs(a - b) < _NEAR for a, b in zip(given, size, strict=True)):
            return name
    return None


def follow_paper(book: Book, sheets: Collection[str], paper: Paper) -> bool:
    """Have sheets print on this paper where they do on the other one, upright or across as they are.

    A page that one of them shares with another sheet stays as it is: it is that one's, too. Returns whether one of
    them did print on the other.
    """
    turned = False
    pages = {sheet.name: sheet.api.PageStyle for sheet in book.sheets}
    shared = Counter(pages.values())
    styles = book.api.StyleFamilies.getByName("PageStyles")
    short, long = _SIZES[paper]
    for name in sheets:
        page = styles.getByName(pages[name])
        if shared[pages[name]] == 1 and paper_of(page) not in (None, paper):
            page.Width, page.Height = (long, short) if page.IsLandscape else (short, long)
            turned = True
    return turned
