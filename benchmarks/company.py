"""The workbook that is measured: five demo companies under one roof, so that 200,000 sales lines hang together."""

from __future__ import annotations

import re
import sys
from html import escape, unescape
from pathlib import Path

import pandas as pd

from cvm_xl import functions
from cvm_xl.book import parts
from cvm_xl.book.build import new_book
from cvm_xl.book.package import Package
from cvm_xl.demo import company
from cvm_xl.new import fill_inputs
from cvm_xl.refresh import refresh

LINES = 200_000
SEEDS = (1, 2, 3, 4, 5)
BY_CUSTOMER = ("sales visits", "service calls")

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_INLINE = re.compile(rb' t="inlineStr"><is>(<t\b.*?</t>)</is>', re.DOTALL)


def large_company(lines: int = LINES) -> dict[str, pd.DataFrame]:
    """All input tables; customers, orders and what is measured of customers carry their company's number."""
    tables = company(SEEDS[0])
    joined: dict[str, list[pd.DataFrame]] = {name: [] for name in ("Customers", "Sales", "Drivers", "Surveys")}
    for seed in SEEDS:
        one = company(seed)
        for name in ("Customers", "Sales", "Surveys"):
            one[name]["customer"] = f"{seed}-" + one[name]["customer"]
        one["Sales"]["order"] = f"{seed}-" + one["Sales"]["order"]
        drivers = one["Drivers"]
        mine = drivers["driver"].isin(BY_CUSTOMER)
        drivers["object"] = drivers["object"].where(~mine, f"{seed}-" + drivers["object"])
        one["Drivers"] = drivers[mine | (seed == SEEDS[0])]
        for name, frames in joined.items():
            frames.append(one[name])
    tables |= {name: pd.concat(frames, ignore_index=True) for name, frames in joined.items()}
    tables["Offers"]["customer"] = f"{SEEDS[0]}-" + tables["Offers"]["customer"]
    tables["Sales"] = tables["Sales"].sort_values("date", kind="stable", ignore_index=True).iloc[:lines]
    return tables


def write(path: Path, lines: int = LINES) -> None:
    """The workbook, refreshed once and with its texts shared, as Excel saves it."""
    package = Package(new_book("full", functions.load()))
    fill_inputs(package, large_company(lines))
    package.save(path)
    refresh(path)
    path.with_name(f"{path.name}.previous").unlink()
    package = Package.open(path)
    share_texts(package)
    package.save(path)


def share_texts(package: Package) -> None:
    """Move texts from the cells to the workbook's shared strings."""
    known = parts.shared_strings(package)
    numbers = dict(zip(known, range(len(known)), strict=True))

    def shared(found: re.Match[bytes]) -> bytes:
        text = unescape(re.sub(rb"<[^>]*>", b"", found[1]).decode())
        return b' t="s"><v>%d</v>' % numbers.setdefault(text, len(numbers))

    for sheet in parts.sheets(package):
        package.put(sheet.part, _INLINE.sub(shared, package.part(sheet.part)))
    items = (f'<si><t xml:space="preserve">{escape(text, quote=False)}</t></si>' for text in numbers)
    package.put("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{"".join(items)}</sst>'.encode())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
