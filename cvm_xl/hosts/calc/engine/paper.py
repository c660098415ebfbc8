"""The paper that a sheet prints on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvm_xl.book.paper import Paper
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["paper_of", "set_paper"]

_SIZES: dict[Paper, tuple[int, int]] = {"a4": (21000, 29700), "letter": (21590, 27940)}  # hundredths of a millimetre
_NEAR = 100


def paper_of(sheet: Sheet) -> Paper | None:
    """The paper of a sheet, None where it is another one."""
    page = _page(sheet)
    given = sorted((page.Width, page.Height))
    return next(
        (name for name, size in _SIZES.items() if all(abs(a - b) < _NEAR for a, b in zip(given, size, strict=True))),
        None,
    )


def set_paper(sheet: Sheet, paper: Paper) -> None:
    """Upright or across, as the sheet is. A page that it shares with other sheets stays as it is: it is theirs, too."""
    sharing = [other for other in sheet.book.sheets if other.api.PageStyle == sheet.api.PageStyle]
    if len(sharing) == 1:
        page = _page(sheet)
        short, long = _SIZES[paper]
        page.Width, page.Height = (long, short) if page.IsLandscape else (short, long)


def _page(sheet: Sheet) -> Any:
    return sheet.book.api.StyleFamilies.getByName("PageStyles").getByName(sheet.api.PageStyle)
