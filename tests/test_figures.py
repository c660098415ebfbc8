"""Figures in texts: one way of writing for readers of every country, on every terminal."""

from __future__ import annotations

import datetime
import io
import re
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cvm_xl import console
from cvm_xl.errors import BookError, OutOfRange
from cvm_xl.figures import APART, exact, figure, renewed, rounded, signed
from workbooks import UNCLEAR

AMOUNTS = st.floats(-1e14, 1e14) | st.integers(-(10**14), 10**14)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (figure(425_000), "425_000"),
        (figure(1234), "1_234"),
        (figure(-0.4), "0"),
        (figure(1_234.5, 2), "1_234.50"),
        (figure(1.2345, 3), "1.2340"),
        (signed(12_000.4), "+12_000"),
        (signed(-12_000), "-12_000"),
        (rounded(1_234_567, 3), "1_230_000"),
        (rounded(0.056_149, 3), "0.0561"),
        (rounded(1.2345, 4), "1.2340"),
        (rounded(float("nan"), 4), "nan"),
        (rounded(1e300, 4), "1e+300"),
        (exact(1234.5), "1234.5"),
        (exact(1.234), "1.2340"),
        (exact(0.123), "0.123"),
    ],
)
def test_as_they_are_written(written, shown):
    assert written == shown.replace("_", APART)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "'abc'"),
        ("C\u00a01", "'C\\xa01'"),  # a sign that is not seen is spelled
        ("x" * 80, f"'{'x' * 57}...'"),
        (True, "TRUE"),
        (np.bool_(False), "FALSE"),
        (np.float64(-1), "-1"),
        (np.int64(5), "5"),
        (0.1 + 0.2, "0.3"),
        (datetime.datetime(2025, 2, 1), "2025-02-01"),
        (np.datetime64("2025-02-01", "s"), "2025-02-01"),
        (np.datetime64("2025-02-01", "ns"), "2025-02-01"),
        (datetime.datetime(2025, 2, 1, 9, 30), "2025-02-01T09:30:00"),
        (np.arange(2), "[0 1]"),
        (float("inf"), "inf"),
    ],
)
def test_values_in_messages_are_written_for_people(value, text):
    assert OutOfRange("is wrong", argument="price", value=value).text() == f"price ({text}): is wrong"
    assert BookError("is wrong", value=value).text() == f"is wrong (found {text})"


@given(AMOUNTS, st.integers(0, 6))
def test_a_figure_can_be_read_in_one_way_only(value, decimals):
    text = figure(value, decimals)
    assert float(text.replace(APART, "")) == pytest.approx(value, abs=0.51 * 10**-decimals, rel=1e-12)
    assert re.fullmatch(rf"-?\d{{1,3}}({APART}\d{{3}})*(\.\d+)?", text)
    assert not UNCLEAR.search(text)
    assert signed(value, decimals).lstrip("+") == text


@given(AMOUNTS, st.integers(1, 15))
@example(4.6127037003732086e-107, 4)
def test_significant_digits_can_be_read_in_one_way_only(value, digits):
    text = rounded(value, digits)
    assert float(text.replace(APART, "")) == float(f"{value:.{digits}g}")
    assert not UNCLEAR.search(text)
    assert not UNCLEAR.search(exact(value))


@given(st.text(), AMOUNTS)
def test_what_earlier_versions_wrote_is_read_as_it_is_written_now(text, value):
    assert renewed(f"{value:,.2f}") == f"{value:,.2f}".replace(",", APART)
    assert renewed(figure(value)) == figure(value)
    assert renewed(None) is None
    if not UNCLEAR.search(text):
        assert renewed(text) == text


@pytest.mark.parametrize(
    ("encoding", "errors", "shown"),
    [
        ("utf-8", "strict", "1\u00a0234 für 漢😀".encode()),
        ("cp1252", "strict", b"1\xa0234 f\xfcr \\u6f22\\ud83d\\ude00"),
        ("ascii", "strict", rb"1 234 f\u00fcr \u6f22\ud83d\ude00"),
        ("ascii", "surrogateescape", rb"1 234 f\u00fcr \u6f22\ud83d\ude00"),
    ],
)
def test_every_terminal_can_print_them(encoding, errors, shown, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=errors)
    monkeypatch.setattr(sys, "stdout", stream)
    console.printable()
    print(f"{figure(1234)} für 漢😀", end="", flush=True)
    assert stream.buffer.getvalue() == shown


def test_columns_of_figures_stand_to_the_right(capsys):
    console.table(["Amount"], [[figure(1_234_567.5, 2)], [figure(-12)]])
    assert capsys.readouterr().out == f"Amount\n1{APART}234{APART}567.50\n         -12\n"
