"""The output tables of a workbook, compared."""

from __future__ import annotations

import pytest

from cvm_xl.book import schema
from cvm_xl.book.read import read_book


def tables(path):
    return {name: table.frame for name, table in read_book(path, schema.outputs()).tables.items()}


def equal(one, other):
    assert one.keys() == other.keys()
    for name, frame in one.items():
        twin = other[name]
        assert list(frame.columns) == list(twin.columns), name
        assert len(frame) == len(twin), name
        for column in frame:
            for a, b in zip(frame[column], twin[column], strict=True):
                if isinstance(a, float):
                    assert a == pytest.approx(b, rel=1e-12, abs=1e-12, nan_ok=True), (name, column)
                else:
                    assert a == b or (a != a and b != b), (name, column)
