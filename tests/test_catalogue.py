"""What every function promises, derived from its declaration."""

from __future__ import annotations

import copy
import math
import re
import subprocess
import sys

import pytest

from cvm_xl import functions
from cvm_xl.cells import ExcelError
from cvm_xl.describe import example_formula, page, signature, to_json
from cvm_xl.errors import CvmError
from cvm_xl.kinds import Aligned, Column, Columns, Scalar

ALL = functions.load()
# `date` and `end` are the users' names; the VBA wrapper will spell them its own way.
VBA_KEYWORDS = set(
    (
        "and as boolean byref byte byval call case class const currency declare dim do double each else "
        "elseif empty enum eqv erase error event exit false for friend function get global gosub goto if imp "
        "implements in integer is let like long loop lset me mod name new next not nothing null object on "
        "open option optional or paramarray print private property public raiseevent redim rem resume return "
        "rset select set single static stop string sub then time to true type typeof until variant wend while "
        "with withevents write xor"
    ).split()
)


def test_the_order_is_that_of_the_families_whatever_was_imported_first():
    code = "import cvm_xl.functions.{}; from cvm_xl import functions; print(*functions.load())"
    orders = {
        subprocess.run([sys.executable, "-c", code.format(m)], capture_output=True, text=True, check=True).stdout
        for m in ("value", "retention", "growth_lifecycle")
    }
    assert len(orders) == 1
    assert orders.pop().split() == list(ALL)


@pytest.fixture(params=ALL.values(), ids=list(ALL))
def function(request):
    return request.param


def given(function):
    """The example's arguments by name, as fresh lists."""
    values = dict(zip((a.name for a in function.args), function.example.args, strict=False))
    return copy.deepcopy(values | dict(function.example.named))


def same(left, right):
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, (int, float)) and isinstance(right, (int, float)) and not isinstance(left, bool):
        return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-9)
    return left == right


def first_cell(value):
    """Path to the first number of an argument: () for a scalar, (i, j) in a grid."""
    if not isinstance(value, list):
        return ()
    for i, row in enumerate(value):
        for j, cell in enumerate(row if isinstance(row, list) else [row]):
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                return (i, j) if isinstance(row, list) else (i,)
    return None


def put(value, path, cell):
    if not path:
        return cell
    target = value
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = cell
    return value


def outcome(function, values):
    """The error codes that a call shows: its own, or those standing in its cells."""
    try:
        answer = function.cells(**values).value
    except CvmError as error:
        return {error.code}
    cells = [cell for row in answer for cell in row] if isinstance(answer, list) else [answer]
    return {cell.code for cell in cells if isinstance(cell, ExcelError)}


def test_example_gives_what_it_declares(function):
    answer = to_json(function.cells(**given(function)).value)
    assert same(answer, to_json(function.example.gives)), answer


def test_names_and_help(function):
    assert re.fullmatch(r"CVM(_[A-Z][A-Z0-9]*)+", function.name)
    assert function.summary
    assert len(function.summary) <= 255
    assert function.source
    lowered = [a.name.lower() for a in function.args]
    assert len(set(lowered)) == len(lowered)
    for arg in function.args:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", arg.name)
        assert arg.name not in VBA_KEYWORDS
        assert 0 < len(arg.shape.help) <= 255
    assert len(example_formula(function)) < 8192
    assert signature(function).startswith(function.name)
    assert function.source in page(function)


def test_each_bound_broken_by_one_step(function):
    for arg in function.args:
        value = arg.shape.value
        broken = [b - 1e-6 for b in [value.lo] if b is not None] + [b + 1e-6 for b in [value.hi] if b is not None]
        broken += [b for b in (value.above, value.below) if b is not None]
        examples = given(function)
        if not broken or isinstance(examples.get(arg.name, 0.0), dict):
            continue
        for number in broken:
            values = given(function)
            path = first_cell(values.get(arg.name, 0.0))
            if path is None or (arg.name not in values and not isinstance(arg.shape, Scalar)):
                continue
            values[arg.name] = put(values.get(arg.name, 0.0), path, number)
            assert "#NUM!" in outcome(function, values), (arg.name, number)


@pytest.mark.parametrize(("cell", "code"), [("#N/A", "#N/A"), ("#DIV/0!", "#DIV/0!"), ("twelve", "#VALUE!")])
def test_error_and_text_cells_in_numbers(function, cell, code):
    for arg in function.args:
        values = given(function)
        if arg.shape.value.what != "number" or arg.name not in values or isinstance(values[arg.name], dict):
            continue
        path = first_cell(values[arg.name])
        if path is None:
            continue
        if cell == "twelve" and path and path[0] == 0 and not isinstance(arg.shape, Scalar):
            continue  # a text on top is a header
        values[arg.name] = put(values[arg.name], path, cell)
        assert code in outcome(function, values), arg.name


def test_blank_row_in_blank_row_out(function):
    """A blank row changes nothing but itself."""
    values = given(function)
    columns = [
        a.name
        for a in function.args
        if isinstance(a.shape, Aligned) and isinstance(values.get(a.name), list) and len(values[a.name]) > 1
    ]
    if not columns or any(isinstance(a.shape, Column) and a.shape.table and a.name in columns for a in function.args):
        return
    before = function.cells(**given(function)).value
    for name in columns:
        values[name] = [*values[name], [None] * len(values[name][0])]
    after = function.cells(**values).value
    if function.gives in ("column", "grid") or (function.gives == "table" and function.rowwise):
        assert same(to_json(after[: len(before)]), to_json(before))
        assert after[len(before) :] == [[None] * len(before[0])]
    else:
        assert same(to_json(after), to_json(before))


def test_all_blank_gives_blank(function):
    if not function.rowwise or function.gives != "column":
        return
    values = given(function)
    for arg in function.args:
        if isinstance(arg.shape, (Column, Columns)) and arg.name in values:
            values[arg.name] = None
    assert function.cells(**values).value is None


def test_scalar_equals_one_row_column(function):
    values = given(function)
    for arg in function.args:
        if isinstance(arg.shape, (Column, Columns)) and arg.name in values and not isinstance(values[arg.name], list):
            values[arg.name] = [[values[arg.name]]]
    assert same(to_json(function.cells(**values).value), to_json(function.cells(**given(function)).value))


def test_header_is_skipped(function):
    """A header above a column of numbers gives a blank above the result, and changes nothing else."""
    values = given(function)
    columns = {
        a.name: values[a.name]
        for a in function.args
        if isinstance(a.shape, Column) and isinstance(values.get(a.name), list) and len(values[a.name]) > 1
    }
    aligned = [a for a in function.args if isinstance(a.shape, Aligned) and isinstance(values.get(a.name), list)]
    if not columns or len(columns) != len(aligned) or any(first_cell(v) is None for v in columns.values()):
        return
    if any(first_cell(v) != (0, 0) for v in columns.values()):
        return
    before = to_json(function.cells(**given(function)).value)
    after = to_json(function.cells(**(values | {n: [["Head"], *v] for n, v in columns.items()})).value)
    expected = [[None] * len(before[0]), *before] if function.gives in ("column", "grid") else before
    assert same(after, expected)


def test_missing_argument_is_named(function):
    required = [a for a in function.args if a.required]
    values = given(function)
    if len(required) < 2:
        return
    del values[required[-1].name]
    with pytest.raises(CvmError, match=required[-1].name):
        function.cells(**values)


def test_shapes_that_do_not_fit(function):
    values = given(function)
    tall = [
        a.name
        for a in function.args
        if isinstance(a.shape, (Column, Columns)) and isinstance(values.get(a.name), list) and len(values[a.name]) > 1
    ]
    if len(tall) < 2:
        return
    values[tall[0]] = [*values[tall[0]], values[tall[0]][-1]]
    with pytest.raises(CvmError, match="same number of rows"):
        function.cells(**values)
