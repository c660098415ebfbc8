"""Every function through xlwings' own decorators, generator and conversion, from cells to cells as COM has them."""

from __future__ import annotations

import io
import re
import types

import pytest
from windows import ERRORS, MISSING, as_excel, windows

from cvm_xl import functions
from cvm_xl.describe import to_json

MODULE = "cvm_xl.hosts.com.udfs"
FUNCTIONS = functions.load()


@pytest.fixture(scope="module")
def excel():
    """Calls a published function as the wrapper in Excel does; `excel.udfs` is xlwings' module."""
    with windows() as udfs:

        def call(name, *args):
            rows = udfs.call_udf(MODULE, name, args)
            return rows if isinstance(rows, list) and len(rows) * len(rows[0]) > 1 else rows[0][0]

        call.udfs = udfs
        call.module = udfs.get_udf_module(MODULE, None)
        yield call


def example_args(function):
    values = dict(zip((a.name for a in function.args), function.example.args, strict=False)) | function.example.named
    return [MISSING if values.get(a.name) is None else as_excel(to_json(values[a.name])) for a in function.args]


def same(found, wanted):
    if isinstance(wanted, (list, tuple)):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if wanted is None:
        return found == ""  # an empty cell
    return found == pytest.approx(wanted, rel=1e-6) if isinstance(wanted, (int, float)) else found == wanted


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_from_cells_to_cells(excel, name):
    function = FUNCTIONS[name]
    wanted = to_json(function.example.gives)
    if isinstance(wanted, list) and not isinstance(wanted[0], list):
        wanted = [[cell] for cell in wanted]
    found = excel(name, *example_args(function))
    if isinstance(wanted, list) and len(wanted) * len(wanted[0]) == 1:
        wanted = wanted[0][0]
    assert same(found, wanted)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_name_arguments_and_help_as_declared(excel, name):
    function, published = FUNCTIONS[name], getattr(excel.module, name).__xlfunc__
    assert published["name"] == name
    assert published["category"] == "CVM"
    assert published["ret"]["doc"] == function.summary
    assert [arg["doc"] for arg in published["args"]] == [arg.shape.help for arg in function.args]
    assert ["optional" not in arg for arg in published["args"]] == [arg.required for arg in function.args]
    assert all(arg["options"] == {"ndim": 2, "err_to_str": True} for arg in published["args"])


def test_the_generator_of_xlwings_takes_every_function(excel):
    text = io.StringIO()
    excel.udfs.generate_vba_wrapper(MODULE, excel.module, text, types.SimpleNamespace(Name="book.xlsm"))
    heads = dict(re.findall(r"^Function (CVM_\w+)\((.*)\)$", text.getvalue(), re.M))
    assert set(heads) == {*FUNCTIONS, "CVM_LAST_ERROR"}
    for name, function in FUNCTIONS.items():
        given = [one.strip() for one in heads[name].split(",")]
        assert [one.startswith("Optional ") for one in given] == [not arg.required for arg in function.args]
        assert [one.removeprefix("Optional ").rstrip("_") for one in given] == [arg.name for arg in function.args]


def test_words_of_the_macro_language_are_no_arguments(excel):
    assert [arg["name"] for arg in excel.module.CVM_SUMMARY.__xlfunc__["args"]][:4] == [
        "customer", "date_", "amount", "end_",
    ]  # fmt: skip


def test_a_range_may_arrive_as_a_row_a_cell_or_a_column(excel):
    assert excel("CVM_EVC", 100.0, 40.0, 10.0) == 130
    assert excel("CVM_EVC", ((100.0,),), ((40.0,),), 10.0) == 130
    assert excel("CVM_EVC", ((100.0,), (50.0,)), 40.0, 10.0) == [[130], [80]]
    flat = excel("CVM_NPS", (10.0, 10.0, 0.0))  # {10,10,0}: Excel hands over a flat array
    assert flat == excel("CVM_NPS", ((10.0,), (10.0,), (0.0,)))


def test_blank_error_text_date_and_truth_value(excel):
    import datetime as dt

    assert excel("CVM_EVC", ((100.0,), (None,), (50.0,)), 40.0, 10.0) == [[130], [""], [80]]
    assert excel("CVM_EVC", ((100.0,), (ERRORS["#REF!"],)), 40.0, 10.0) == [[130], ["#REF!"]]
    assert excel("CVM_EVC", ((100.0,), ("ten",)), 40.0, 10.0) == [[130], ["#VALUE!"]]
    assert excel("CVM_EVC", ERRORS["#DIV/0!"], 40.0, 10.0) == "#DIV/0!"
    assert excel("CVM_CLV", 100.0, 0.8, 0.1, MISSING, 0.0, 0.0, True) == pytest.approx(100 + 80 / 0.3)
    serial = excel("CVM_SUMMARY", (("A",), ("A",)), ((45292.0,), (45306.0,)), ((5.0,), (7.0,)), 45320.0)
    days = tuple((dt.datetime(2024, 1, day),) for day in (1, 15))
    dates = excel("CVM_SUMMARY", (("A",), ("A",)), days, ((5.0,), (7.0,)), dt.datetime(2024, 1, 29))
    assert serial == dates == [["customer", "frequency", "recency", "age", "monetary"], ["A", 1, 2, 4, 7]]


def test_whole_columns(excel):
    column = ((None,),) * 70_000
    profit = (("profit",), (30.0,), (900.0,), (-5.0,), *column)
    assert excel("CVM_TIER", profit) == [[""], ["Middle"], ["Top"], ["Middle"]]


def test_cells_formatted_as_currency(excel):
    from decimal import Decimal

    assert excel("CVM_EVC", Decimal("100.5"), 40.0, 10.0) == 130.5


def test_results_are_what_com_can_carry(excel):
    """No integer (Windows' end at 2^31), no numpy type, no NaN."""
    for name, function in FUNCTIONS.items():
        found = excel(name, *example_args(function))
        for row in found if isinstance(found, list) else [[found]]:
            assert all(type(cell) in (float, str, bool) or hasattr(cell, "year") for cell in row), name


def test_why_it_failed_is_told(excel):
    assert excel("CVM_EVC", "ten", 40.0, 10.0) == "#VALUE!"
    said = excel("CVM_LAST_ERROR")
    assert said.startswith("CVM_EVC: reference")
    assert "ten" in said
    excel("CVM_EVC", ((100.0,), (-5.0,)), 40.0, 10.0)
    assert "row 2" in excel("CVM_LAST_ERROR")


def test_a_fault_of_ours_is_an_error_and_logged(excel, monkeypatch, caplog):
    from cvm_xl.catalogue import Function

    name = "Nettel" + "kamp"  # a traceback shows lines of code, too
    monkeypatch.setattr(Function, "cells", lambda *a, **k: float(name))
    assert excel("CVM_EVC", 100.0, 40.0, 10.0) == "#VALUE!"
    assert "please report it" in excel("CVM_LAST_ERROR")
    assert "fault in CVM_EVC: ValueError" in caplog.text
    assert "udfs.py" in caplog.text
    assert "Nettelkamp" not in caplog.text  # a log holds no data
    monkeypatch.setenv("CVM_XL_LOG", "full")
    excel("CVM_EVC", 100.0, 40.0, 10.0)
    assert "Nettelkamp" in caplog.text
