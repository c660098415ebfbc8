"""The page docs/calc-engine.md: what of xlwings is supported in LibreOffice Calc, read off the classes themselves."""

from __future__ import annotations

from pathlib import Path

from cvm_xl.hosts.calc.engine import app  # noqa: F401  the classes are declared where they are imported
from cvm_xl.hosts.calc.engine.unsupported import declared, members

__all__ = ["DOCUMENT", "page"]

DOCUMENT = Path(__file__).parents[4] / "docs" / "calc-engine.md"

_HEAD = """# xlwings in LibreOffice Calc

`cvm_xl.hosts.calc.engine` is an engine for [xlwings](https://docs.xlwings.org) over UNO. Code written with xlwings
works on workbooks that are open in LibreOffice:

```python
from cvm_xl.hosts.calc import engine

with engine.start() as app:  # a LibreOffice of its own, unseen; visible=True shows it
    book = app.books.open("book.xlsx")
    frame = book.sheets["Sales"].range("A4").expand().options(pd.DataFrame).value
    book.save("copy.xlsx")
```

`engine.attach("uno:pipe,name=NAME;urp;StarOffice.ComponentContext")` joins a LibreOffice that was started with
`--accept="pipe,name=NAME;urp;StarOffice.ComponentContext"`. LibreOffice's Python modules are needed (Debian:
`python3-uno`), and a Python of the version that they were made for.

What differs from Excel, besides the table below:

- Formulas are entered and read in Excel's spelling. A text that begins with `=` is a formula, one that begins with `'`
  stays a text; any other text stays what it is: `00123` is not made a number, as Excel would.
- Truth values are numbers with a format, as Calc has them: their formula reads `1`. Dates are `datetime`, to the
  millisecond.
- A workbook that passes through LibreOffice keeps what LibreOffice keeps: tables lose their style; slicers, Excel's
  sparklines, in-cell pictures and Power Query are lost on saving. `cvm-xl refresh` on the file keeps them.
- A sheet that is copied leaves its tables behind, as their names must be free. Several areas in one reference,
  `(A1:A2,C1:C2)`, are not translated.
- Where the screen rests (`screen_updating = False`), books are opened unseen.
- Books with a password can be opened; none can be saved with one.
- Where the add-in is installed, `book.save()` raises `OSError` when another program changed the file since LibreOffice
  opened or saved it. LibreOffice alone asks a user who saves (it compares times, in whole seconds), but no program.

Whatever is not supported raises `Unsupported` and names itself; nothing is silently left undone. This table is read off
the engine's classes.

| class | supported | raises `Unsupported` |
|---|---|---|
"""


def page() -> str:
    """The page, as the classes are."""
    rows = ""
    for name, made in declared().items():
        missing = sorted(made.unsupported)  # type: ignore[attr-defined]
        known = [member for member in members(made) if member not in missing]
        rows += f"| {name} | {_list(known)} | {_list(missing)} |\n"
    return _HEAD + rows


def _list(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"


if __name__ == "__main__":
    DOCUMENT.write_text(page(), encoding="utf-8")
