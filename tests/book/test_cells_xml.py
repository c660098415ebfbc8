"""Whole columns as XML of cells: what goes in comes out again through other readers."""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import io
import math
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from cvm_xl.book import fields
from cvm_xl.book.cells_xml import as_array, cells, rows, serials
from cvm_xl.book.package import Package
from cvm_xl.cells import ExcelError
from cvm_xl.errors import BookError


@functools.cache
def empty_book() -> bytes:
    buffer = io.BytesIO()
    openpyxl.Workbook().save(buffer)
    return buffer.getvalue()


def book_of(columns: list[np.ndarray], date1904: bool = False) -> bytes:
    """A workbook with these columns from A1 on."""
    package = Package(empty_book())
    name = "xl/worksheets/sheet1.xml"
    made = [cells(values, i + 1, 1, None, date1904=date1904) for i, values in enumerate(columns)]
    body = rows([f'<row r="{row}">' for row in range(1, len(columns[0]) + 1)], made)
    content = package.part(name)
    package.put(name, re.sub(rb"<sheetData.*</sheetData>", lambda _: b"<sheetData>" + body + b"</sheetData>", content))
    buffer = io.BytesIO()
    package.write(buffer)
    return buffer.getvalue()


def by_openpyxl(data: bytes, width: int, height: int) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [[sheet.cell(row, column).value for row in range(1, height + 1)] for column in range(1, width + 1)]


def by_calamine(data: bytes, height: int) -> list[object]:
    found = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [found[row][0] if row < len(found) and found[row] else "" for row in range(height)]


TEXT = st.text(max_size=40) | st.sampled_from(
    [
        "=1+1",
        "+A1",
        "-x",
        "@SUM(A1)",
        " outer ",
        "\ttab",
        "a\nb",
        "<b>&amp;</b>",
        "]]>",
        "007",
        "1e5",
        "#N/A",
        "TRUE",
        "é😀",
    ]
)
FORBIDDEN = {*map(chr, range(32))} - {"\t", "\n"} | {"\ufffe", "\uffff"}


def kept(text: str) -> str:
    """What a cell keeps of a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c not in FORBIDDEN and not "\ud800" <= c <= "\udfff")


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=8))
def test_text_comes_back_as_text(texts):
    data = book_of([as_array(texts)])
    expected = [kept(text) for text in texts]
    found = by_openpyxl(data, 1, len(texts))[0]
    assert [unescape(value or "") for value in found] == expected  # openpyxl leaves Excel's escapes as they are
    assert by_calamine(data, len(texts)) == expected


NUMBERS = st.floats(allow_nan=True, allow_infinity=False) | st.integers(-(10**15), 10**15).map(float)


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=8))
def test_numbers_come_back_exactly(numbers):
    data = book_of([np.array(numbers), as_array(numbers)])
    for found in by_openpyxl(data, 2, len(numbers)):
        for value, expected in zip(found, numbers, strict=True):
            if math.isnan(expected):
                assert value is None
            else:
                assert value == expected
    for value, expected in zip(by_calamine(data, len(numbers)), numbers, strict=True):
        assert value == ("" if math.isnan(expected) else expected)


DATES = st.datetimes(dt.datetime(1904, 1, 2), dt.datetime(9999, 12, 30)).map(lambda d: d.replace(microsecond=0))


@settings(max_examples=60, deadline=None)
@given(dates=st.lists(DATES, min_size=1, max_size=6), date1904=st.booleans())
def test_dates_are_serials_of_the_books_calendar(dates, date1904):
    for values in (np.array(dates, dtype="datetime64[us]"), as_array(dates)):
        for text, date in zip(cells(values, 1, 1, None, date1904=date1904), dates, strict=True):
            serial = float(etree.fromstring(text).findtext("v"))
            epoch = openpyxl.utils.datetime.MAC_EPOCH if date1904 else openpyxl.utils.datetime.WINDOWS_EPOCH
            back = openpyxl.utils.datetime.from_excel(serial, epoch)
            assert abs(back - date) < dt.timedelta(milliseconds=2)


@pytest.mark.parametrize(
    ("date", "serial"),
    [("1900-01-01", 1), ("1900-02-28", 59), ("1900-03-01", 61), ("2000-01-01", 36526), ("9999-12-31", 2_958_465)],
)
def test_excels_own_serials(date, serial):
    assert serials(np.array([date], dtype="datetime64[D]"))[0] == serial
    if serial > 1462:
        assert serials(np.array([date], dtype="datetime64[D]"), date1904=True)[0] == serial - 1462


def test_every_kind_of_cell():
    values = as_array(
        [None, "", math.nan, pd.NaT, pd.NA, np.datetime64("NaT"), True, np.bool_(False), 3, 2.5, np.float64(4), "x"]
    )
    rest = as_array(
        [
            ExcelError("#N/A"),
            dt.date(2020, 1, 1),
            pd.Timestamp("2020-01-01 12:00", tz="UTC"),
            dt.time(6, 0),
            decimal.Decimal("1.25"),
            np.int64(7),
            np.str_("y"),
        ]
    )
    blank = '<c r="C{}" s="9"/>'
    assert cells(values, 3, 5, 9) + cells(rest, 3, 17, 9) == [blank.format(row) for row in range(5, 11)] + [
        '<c r="C11" s="9" t="b"><v>1</v></c>',
        '<c r="C12" s="9" t="b"><v>0</v></c>',
        '<c r="C13" s="9"><v>3</v></c>',
        '<c r="C14" s="9"><v>2.5</v></c>',
        '<c r="C15" s="9"><v>4</v></c>',
        '<c r="C16" s="9" t="inlineStr"><is><t>x</t></is></c>',
        '<c r="C17" s="9" t="e"><v>#N/A</v></c>',
        '<c r="C18" s="9"><v>43831</v></c>',
        '<c r="C19" s="9"><v>43831.5</v></c>',
        '<c r="C20" s="9"><v>0.25</v></c>',
        '<c r="C21" s="9"><v>1.25</v></c>',
        '<c r="C22" s="9"><v>7</v></c>',
        '<c r="C23" s="9" t="inlineStr"><is><t>y</t></is></c>',
    ]


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, np.nan]),
        np.array(["2020-01-01", "NaT"], dtype="datetime64[s]"),
        as_array(["x", None]),
        as_array(pd.Series([1, None], dtype="Int64")),
        as_array(pd.Series(["x", None], dtype="str")),
        as_array(pd.Series(["x", None], dtype="category")),
    ],
    ids=["float", "date", "object", "Int64", "str", "category"],
)
def test_a_missing_value_keeps_its_format(values):
    filled, blank = cells(values, 1, 1, 2)
    assert blank == '<c r="A2" s="2"/>'
    assert "<v>" in filled or "<t>" in filled
    assert cells(values, 1, 1, None)[1] == ""


def test_what_looks_like_excels_escapes_is_guarded():
    data = book_of([as_array(["_x000D_", "_x000D", "a_x005F_b"])])
    xml = Package(data).part("xl/worksheets/sheet1.xml").decode()
    assert "<t>_x005F_x000D_</t>" in xml
    assert "<t>_x000D</t>" in xml
    assert "<t>a_x005F_x005F_b</t>" in xml


@pytest.mark.parametrize(
    ("values", "words", "row"),
    [
        (np.array([1.0, np.inf]), "infinity", 8),
        (np.array([-np.inf, 1.0]), "infinity", 7),
        (as_array(["x", math.inf]), "infinity", 8),
        (as_array(["x", "y" * 32_768]), "32\u00a0768 characters", 8),
        (as_array(["x", "😀" * 16_384]), "32\u00a0767", 8),
        (np.array(["2020-01-01", "1899-12-31"], dtype="datetime64[D]"), "calendar", 8),
        (as_array([None, dt.date(1066, 10, 14)]), "calendar", 8),
        (as_array([None, [1]]), "type list", 8),
    ],
)
def test_what_no_cell_can_hold(values, words, row):
    with pytest.raises(BookError, match=words) as error:
        cells(values, 1, 7, None, "Amount")
    assert error.value.place.row == row
    assert error.value.place.column == "Amount"


def test_longest_text_fits():
    for text in ("x" * 32_767, "😀" * 16_383):
        assert text in cells(as_array([text]), 1, 1, None)[0]


def test_a_sheet_ends():
    assert len(cells(np.zeros(2), 1, 1_048_575, None)) == 2
    with pytest.raises(BookError, match="1\u00a0048\u00a0576"):
        cells(np.zeros(3), 1, 1_048_575, None)


def made(values: np.ndarray, first: int, style: int | None, by: str) -> bytes:
    opening = [f'<row r="{row}">' for row in range(first, first + len(values))]
    if by == "cells":
        return rows(opening, [cells(values, 28, first, style, "h"), cells(values, 29, first, style, "h")])
    one, other = (fields.field(values, column, first, style, "h") for column in (28, 29))
    return fields.rows(first, None, [one, other]) or b""


ARRAYS = (
    st.lists(NUMBERS, min_size=1).map(np.array)
    | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1).map(lambda listed: np.array(listed, dtype=np.int64))
    | st.lists(st.integers(-128, 127), min_size=1).map(lambda listed: np.array(listed, dtype=np.int8))
    | st.tuples(st.sampled_from([1, 2, 4]), st.lists(st.integers(-(10**9), 10**9) | st.just(math.nan), min_size=1)).map(
        lambda drawn: np.array(drawn[1], dtype=float) / 10.0 ** drawn[0]
    )
    | st.lists(TEXT | st.none(), min_size=1).map(as_array)
    | st.lists(DATES | st.just(np.datetime64("NaT")), min_size=1).map(lambda listed: np.array(listed, "datetime64[us]"))
    | st.lists(st.booleans() | st.none() | st.floats(allow_infinity=False), min_size=1).map(as_array)
)


@settings(max_examples=300, deadline=None)
@given(values=ARRAYS, first=st.sampled_from([1, 9_998, 1_048_000]), style=st.none() | st.just(7))
def test_many_rows_at_once_are_the_bytes_of_cell_by_cell(values, first, style):
    assert made(values, first, style, "fields") == made(values, first, style, "cells")


def test_long_texts_are_left_to_cell_by_cell():
    long = as_array(["x" * 300, "y"])
    assert fields.field(long, 1, 1, None) == cells(long, 1, 1, None)
    assert fields.rows(1, None, [cells(long, 1, 1, None)]) is None


def test_what_no_cell_takes_is_named_by_fields_too():
    for values in (np.array([1.5, math.inf]), as_array(["a", "x" * 40_000])):
        with pytest.raises(BookError) as one:
            fields.field(values, 1, 5, None, "Amount")
        with pytest.raises(BookError) as other:
            cells(values, 1, 5, None, "Amount")
        assert str(one.value) == str(other.value)
        assert "6" in str(one.value)
