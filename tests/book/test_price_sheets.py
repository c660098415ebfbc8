"""Sheets of prices whose charts and formulas are more than whole columns: the value map's names, the what-if."""

import re

import numpy as np
import pytest

from cvm_xl.book import parts
from cvm_xl.book.build import donor
from cvm_xl.book.fill import fill
from cvm_xl.book.package import Package
from cvm_xl.book.price_sheets import NAMED
from cvm_xl.book.schema import table


def columns(name, count, **given):
    """Columns that a refresh writes, with something in each row."""
    found = {}
    for column in table(name):
        if not column.live:
            text = column.kind in ("id", "text")
            found[column.header] = np.array([f"{column.header} {i}" for i in range(count)], object) if text else None
            if not text:
                found[column.header] = np.arange(count, dtype=float)
    return found | given


def point_series(package):
    """Name, x and y of the series over single cells, as rows of the sheet."""
    chart = next(
        text
        for name in package.names
        if name.startswith("xl/charts/chart") and "Quality as customers" in (text := package.part(name).decode())
    )
    found = []
    for series in re.findall(r"<c:ser>.*?</c:ser>", chart, re.DOTALL):
        refs = re.findall(r"<c:f>ValueMap!\$([A-Z]+)\$(\d+)(:\$[A-Z]+\$\d+)?</c:f>", series)
        if len(refs) == 3 and not any(end for *_, end in refs):
            found.append([(column, int(row)) for column, row, _ in refs])
    return found


@pytest.mark.parametrize("counts", [(5,), (5, 9, 3), (2, 6)])
def test_names_in_the_value_map_stay_with_their_rows(counts):
    package = Package(donor(["ValueMap", "MapPoints"]))
    for count in counts:
        fill(package, "MapPoints", columns("MapPoints", count))
        found = parts.table_named(package, "MapPoints")
        series = point_series(package)
        assert [row for (_, row), *_ in series] == list(range(found.data.top + 1, found.data.top + 1 + NAMED))
        assert all(len({row for _, row in cells}) == 1 for cells in series)
        assert len({tuple(column for column, _ in cells) for cells in series}) == 1


def test_live_columns_have_their_formula_in_every_row_and_none_is_written_by_a_refresh():
    package = Package(donor(["WhatIf", "WhatIfBands"]))
    for count in (1, 4, 2):
        for name in ("WhatIf", "WhatIfBands"):
            fill(package, name, columns(name, count), key=[c.header for c in table(name) if c.name in table(name).key])
        found = {t.name: t for t in parts.tables(package)}
        sheet = package.part(found["WhatIf"].sheet.part).decode()
        for name in ("WhatIf", "WhatIfBands"):
            live = [column for column in table(name) if column.formula]
            assert [f is not None for f in found[name].formulas] == [bool(c.formula) for c in table(name)]
            rows = range(found[name].data.top, found[name].data.top + count)
            for row in rows:
                cells = re.search(rf'<row r="{row}".*?</row>', sheet, re.DOTALL)[0]
                assert cells.count("<f>") + cells.count("<f ") >= len(live)
    assert sheet.count("CVM_PRICE_BAND(") == 7 * 2
