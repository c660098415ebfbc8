"""One table of cells in and cells out, the same in every host: command line, xlwings' conversion, LibreOffice Calc."""

from __future__ import annotations

import json
import math

import pytest
from xlwings import conversion

from cvm_xl import functions
from cvm_xl.cells import ExcelError
from cvm_xl.cli import main
from cvm_xl.errors import CvmError

# What is asked, as cells (None is an empty cell, "#N/A" an error cell), and what comes out.
SUMMARY = ["customer", "frequency", "recency", "age", "monetary"]
CONTRACT = {
    "scalar": ("CVM_EVC", [100, 40, 10], 130),
    "column and scalar": ("CVM_EVC", [[[100], [50]], 40, 10], [[130], [80]]),
    "blank row": ("CVM_EVC", [[[100], [None], [50]], 40, 10], [[130], [None], [80]]),
    "header": ("CVM_EVC", [[["price"], [100]], 40, 10], [[None], [130]]),
    "text for a number": ("CVM_EVC", ["ten", 40, 10], "#VALUE!"),
    "text in a row": ("CVM_EVC", [[[100], ["ten"], [50]], 40, 10], [[130], ["#VALUE!"], [80]]),
    "out of range": ("CVM_EVC", [100, -1, 10], "#NUM!"),
    "out of range in a row": ("CVM_EVC", [[[100], [-5]], 40, 10], [[130], ["#NUM!"]]),
    "too little": ("CVM_ELASTICITY", [[[1], [2]], [[1], [2]]], "#N/A"),
    "error cell": ("CVM_EVC", ["#DIV/0!", 40, 10], "#DIV/0!"),
    "truth value": ("CVM_CLV", [100, 0.8, 0.1, None, 0, 0, True], 100 + 80 / 0.3),
    "date": ("CVM_SUMMARY", [[["A"], ["A"]], [[45292], [45306]], [[5], [7]], 45320], [SUMMARY, ["A", 1, 2, 4, 7]]),
    "names": ("CVM_TIER", [[[30], [900], [-5], [10], [20]]], [["Middle"], ["Top"], ["Middle"], ["Middle"], ["Middle"]]),
    "list across": ("CVM_LOYALTY_TIER", [[[120], [500]], [[100, 500]], [["Silver", "Gold"]]], [["Silver"], ["Gold"]]),
    "model": ("CVM_ACCEPTANCE", [[[90], [110]], -18.5, 0.15], [[1 / (1 + math.exp(-5))], [1 / (1 + math.exp(-2))]]),
    "table": ("CVM_WALLET", [[[400]], [[1000]]], [["share", "headroom"], [0.4, 600]]),
}  # fmt: skip


def same(found, wanted):
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if wanted is None or wanted == "":
        return found in (None, "")
    if isinstance(wanted, (int, float)):
        return isinstance(found, (int, float)) and math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9)
    return str(found) == wanted


@pytest.mark.parametrize("case", CONTRACT)
def test_on_the_command_line(case, capsys):
    name, args, wanted = CONTRACT[case]
    main(["call", name, *map(json.dumps, args)])
    answer = json.loads(capsys.readouterr().out)
    assert same(answer.get("result", answer.get("error")), wanted)


@pytest.mark.parametrize("case", CONTRACT)
def test_through_the_conversion_of_xlwings(case):
    """As a UDF gets its arguments: rows of tuples from the program, errors as it hands them over."""
    from cvm_xl.hosts.calc import engine

    engine.register()
    name, args, wanted = CONTRACT[case]

    def handed(value):
        rows = value if isinstance(value, list) else [[value]]
        return tuple(tuple(row) for row in rows)

    read = [conversion.read(None, handed(arg), {"ndim": 2, "err_to_str": True}, engine_name="calc") for arg in args]
    given = [rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows for rows in read]
    given = [ExcelError(cell) if isinstance(cell, str) and cell[:1] == "#" else cell for cell in given]
    try:
        value = functions.get(name).cells(*given).value
    except CvmError as error:
        value = error.code
    rows = value if isinstance(value, list) else [[value]]
    written = conversion.write(
        [[str(c) if isinstance(c, ExcelError) else c for c in row] for row in rows], None, {}, engine_name="calc"
    )
    assert same(written if isinstance(wanted, list) else written[0][0], wanted)


@pytest.mark.parametrize("case", CONTRACT)
def test_in_calc(case, sheet):
    name, args, wanted = CONTRACT[case]
    places, row = [], 1
    for arg in args:
        rows = arg if isinstance(arg, list) else [[arg]]
        if arg is None:
            places.append("")
            continue
        area = sheet.range((row, 1), (row + len(rows) - 1, len(rows[0])))
        area.value = [[f"={c}" if isinstance(c, str) and c[:1] == "#" else c for c in r] for r in rows]
        if rows == [["#DIV/0!"]]:
            area.formula = "=1/0"
        places.append(area.get_address(False, False))
        row += len(rows) + 1
    shape = (len(wanted), len(wanted[0])) if isinstance(wanted, list) else (1, 1)
    out = sheet.range((1, 20)).resize(*shape)
    if shape == (1, 1):
        out.formula = f"={name}({','.join(places)})"
    else:
        out.formula_array = f"={name}({','.join(places)})"
    found = out.options(ndim=2, err_to_str=True).value
    assert same(found if isinstance(wanted, list) else found[0][0], wanted)


def test_an_error_cell_inside_a_range_is_refused_by_calc_itself(sheet):
    """The one difference: LibreOffice answers an error without asking the function. Elsewhere only that row fails."""
    sheet["A1"].value = [[100], ["=1/0"], [50]]
    sheet["B1:B3"].formula_array = "=CVM_EVC(A1:A3,40,10)"
    assert sheet["B1:B3"].options(err_to_str=True).value == ["#VALUE!"] * 3
