"""A large sheet, read by whole columns, gives what calamine gives cell by cell: values, types, problems."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvm_xl.book import read
from cvm_xl.book.blocks import Blocks
from cvm_xl.book.package import Package
from cvm_xl.book.read import read_book

HEADERS = ["Date", "Customer", "Product", "Quantity", "Net revenue", "Discount", "Kind of my own"]
LETTERS = "BCDEFGH"
PART = "xl/worksheets/sheet1.xml"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A table Sales in B3:H15, with shared texts, and formats 1 to 3 of days, moments and durations; its sheet."""
    path = tmp_path_factory.mktemp("bulk") / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Sales")
        sheet.add_table("B3:H15", {"name": "Sales", "columns": [{"header": header} for header in HEADERS]})
        for i, shown in enumerate(("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "[h]:mm")):
            sheet.write(3 + i, 1, 40_545 + i, book.add_format({"num_format": shown}))
            sheet.write(3 + i, 2, f"  C{i} & <b> _x000D_ ")
    return path, Package.open(path).part(PART)


def both(monkeypatch, path):
    """The same book read in bulk and cell by cell; whether the first was possible is asserted by `bulk`."""
    taken = []
    monkeypatch.setattr(read, "LARGE", 0)
    monkeypatch.setattr(read, "read_bulk", lambda *args: taken.append(read_bulk(*args)) or taken[-1])
    one = read_book(path)
    monkeypatch.setattr(read, "LARGE", 2**62)
    return one, read_book(path), [found is not None for found in taken]


read_bulk = read.read_bulk


def assert_same(one, other):
    assert one.problems == other.problems
    for name in one.tables:
        mine, yours = one.tables[name], other.tables[name]
        pd.testing.assert_frame_equal(mine.frame, yours.frame, check_exact=True)
        for column in mine.frame.select_dtypes("object"):
            assert list(map(type, mine.frame[column])) == list(map(type, yours.frame[column]))
        assert mine.rows.tolist() == yours.rows.tolist()
        assert (mine.problems, mine.blank_rows) == (yours.problems, yours.blank_rows)


numbers = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-(10**7), 10**7, places=2).map(str),
    st.sampled_from(
        ["0", "-0", "1E-3", "2.5e10", "12345678", "123456789", "0.30000000000000004", "40545.5", "1.", ".5"]
    ),
    st.integers(0, 2_958_470).map(str),
)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=8
)
styles = st.sampled_from(["", ' s="0"', ' s="1"', ' s="2"', ' s="3"'])
bare = st.sampled_from(["", ' s="0"'])
dated = st.sampled_from([' s="1"', ' s="2"', ' s="3"'])
days = st.one_of(st.integers(0, 2_958_465).map(str), st.floats(0, 2_958_465).map(repr))  # beyond, calamine panics
cells = st.one_of(
    st.just(None),
    styles.map(lambda s: f"{s}/>"),
    styles.map(lambda s: f"{s}></c>"),
    st.builds(lambda s, n: f"{s}><v>{n}</v></c>", bare, numbers),
    st.builds(lambda s, n: f"{s}><v>{n}</v></c>", dated, days),
    st.builds(lambda s, n: f'{s} t="n"><v>{n}</v></c>', bare, numbers),
    st.builds(lambda s, n: f"{s}><f>A1*2</f><v>{n}</v></c>", dated, days),
    st.builds(lambda n: f'><f t="shared" si="0"/><v>{n}</v></c>', numbers),
    st.builds(lambda s, n: f'{s} t="s"><v>{n}</v></c>', styles, st.integers(0, 9)),
    st.builds(lambda t: f' t="inlineStr"><is><t>{escape(t)}</t></is></c>', texts),
    st.builds(lambda t: f' t="inlineStr"><is><t xml:space="preserve"> {escape(t)} </t></is></c>', texts),
    st.builds(lambda t: f' t="inlineStr"><is><r><rPr><b/></rPr><t>{escape(t)}</t></r></is></c>', texts),
    st.builds(lambda t: f' t="str"><f>A1&amp;""</f><v>{escape(t)}</v></c>', texts),
    st.sampled_from(
        [
            ' t="b"><v>1</v></c>',
            ' t="e"><v>#N/A</v></c>',
            ' t="e"><f>1/0</f><v>#DIV/0!</v></c>',
            "><f>A1</f></c>",
            "><f>A1</f><v></v></c>",
            ' t="str"><f>A1</f><v></v></c>',
            ' t="d"><v>2011-01-05</v></c>',
            ' s="1">\n <v>7</v>\n</c>',
            ' cm="1"><v>8</v></c>',
        ]
    ),
)
rows = st.lists(st.one_of(st.none(), st.lists(cells, min_size=7, max_size=7)), min_size=12, max_size=15)


def sheet(content, table):
    """The sheet with other rows from its fourth on; None leaves a row, or a cell, out."""
    head, tail = content.split(b'<row r="4"')[0], b"</sheetData>" + content.split(b"</sheetData>")[1]
    written = [
        f'<row r="{number}" spans="2:8">'
        + "".join(f'<c r="{x}{number}"{cell}' for x, cell in zip(LETTERS, row, strict=True) if cell is not None)
        + "</row>"
        for number, row in enumerate(table, 4)
        if row is not None
    ]
    return head + "".join(written).encode() + tail


def saved(template, content, path):
    package = Package.open(template[0])
    package.put(PART, content)
    package.save(path)
    return path


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=rows)
def test_any_cells_are_read_as_calamine_reads_them(template, tmp_path, table):
    with pytest.MonkeyPatch.context() as monkeypatch:
        path = saved(template, sheet(template[1], table), tmp_path / "book.xlsx")
        one, other, taken = both(monkeypatch, path)
    assert_same(one, other)
    assert taken == [True]


def plain(row):
    return [' s="1"><v>40545</v></c>', ' t="s"><v>8</v></c>', ' t="s"><v>9</v></c>', *[f"><v>{row}</v></c>"] * 4]


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b'<row r="5"', b'<!-- five --><row r="5"'),
        lambda xml: xml.replace(b'<row r="5" spans="2:8">', b'<row spans="2:8" r="5">'),
        lambda xml: xml.replace(b'<c r="C6"', b"<c r='C6'"),
        lambda xml: xml.replace(b'<c r="B6" s="1"', b'<c s="1" r="B6"'),
        lambda xml: xml.replace(b'<c r="B6"', b"<c").replace(b'<c r="C6"', b"<c"),
        lambda xml: xml.replace(b'<row r="7" spans="2:8">', b'<row spans="2:8">'),
    ],
)
def test_an_unusual_sheet_is_left_to_calamine(template, tmp_path, monkeypatch, change):
    content = change(sheet(template[1], map(plain, range(12))))
    one, other, taken = both(monkeypatch, saved(template, content, tmp_path / "book.xlsx"))
    assert_same(one, other)
    assert taken == [False]


def test_blocks_that_end_anywhere(template, tmp_path, monkeypatch):
    """Pieces of the sheet end within rows, tags and the end of the rows; merged cells stand after them."""
    content = sheet(template[1], map(plain, range(12))).replace(
        b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="C5:D5"/></mergeCells>'
    )
    path = saved(template, content, tmp_path / "book.xlsx")
    for piece in (97, 128, 1000, 2**20):
        monkeypatch.setattr("cvm_xl.book.bulk.PIECE", piece)
        one, other, taken = both(monkeypatch, path)
        assert_same(one, other)
        assert taken == [True]
        assert any("merged" in problem.message for problem in one.tables["Sales"].problems)


@given(st.lists(st.one_of(numbers, st.text("0123456789.-eE", min_size=1, max_size=18)), min_size=1, max_size=50))
def test_numbers_are_the_nearest_floats_or_set_aside(written):
    xml = "".join(f'<row r="{i}"><c r="A{i}"><v>{text}</v></c></row>' for i, text in enumerate(written, 1)).encode()
    blocks = Blocks(1, 1)
    block = blocks.add(xml)
    for text, kind, value in zip(written, block.kinds, block.numbers, strict=True):
        try:
            expected = float(text)
        except ValueError:
            assert kind == 255
        else:
            assert kind == 1
            assert np.float64(value).tobytes() == np.float64(expected).tobytes(), text
