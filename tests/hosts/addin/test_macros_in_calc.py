"""The add-in's own macros run: the same project as a workbook, in LibreOffice with its support of VBA.

A stand-in takes the place of the one module that calls Python. Errors are asserted inside Basic, since LibreOffice
shows CVErr as text in a cell.
"""

from __future__ import annotations

import pytest

from cvm_xl import functions
from cvm_xl.hosts.addin.build import assembled
from cvm_xl.hosts.addin.ovba import Module
from cvm_xl.hosts.addin.source import modules
from cvm_xl.hosts.calc.engine.app import property_value

STAND_IN = """
Public Handed As Variant
Public Calls As Long

Public Function CvmEvaluate(Name As String, Values As Variant) As Variant
    Dim Grid(0 To 2, 0 To 1) As Variant
    Calls = Calls + 1
    Handed = Values
    If Name = "CVM_EVC" Then
        CvmEvaluate = Values(0) + Values(1) - Values(2)
    ElseIf Name = "CVM_NPS" Then
        Err.Raise 1000, , "Python is missing"
    ElseIf Name = "CVM_TIER" Then
        Grid(0, 0) = "#NUM!"
        Grid(0, 1) = 1.5
        Grid(1, 0) = ""
        Grid(1, 1) = True
        Grid(2, 0) = "#other"
        Grid(2, 1) = "#DIV/0!"
        CvmEvaluate = Grid
    ElseIf Name = "CVM_WALLET" Then
        CvmEvaluate = Array("#N/A", 2, "text")
    Else
        CvmEvaluate = "#N/A"
    End If
End Function

Public Function CvmSaid() As String
    CvmSaid = "too little data"
End Function
"""
ERRORS = {"#NULL!": 2000, "#DIV/0!": 2007, "#VALUE!": 2015, "#REF!": 2023, "#NAME?": 2029, "#NUM!": 2036, "#N/A": 2042}
CASES = {
    "a number": ("CVM_EVC(100, 40, 10)", "Got = 130"),
    "an error is a true one": ("CVM_WHALE_STATS(5)", "IsError(Got) And Got = CVErr(2042)"),
    "its reason is remembered": ("CVM_WHALE_STATS(5)", 'CVM_LAST_ERROR() = "too little data"'),
    "Python missing": ("CVM_NPS(5)", 'IsError(Got) And Got = CVErr(2015) And CVM_LAST_ERROR() = "Python is missing"'),
    "an error in a grid": ("CVM_TIER(5)", "Got(0, 0) = CVErr(2036) And Got(2, 1) = CVErr(2007)"),
    "the rest of the grid": (
        "CVM_TIER(5)",
        'Got(0, 1) = 1.5 And Got(1, 0) = "" And Got(1, 1) = True And Got(2, 0) = "#other"',
    ),
    "a row": ("CVM_WALLET(5, 6)", 'Got(0) = CVErr(2042) And Got(1) = 2 And Got(2) = "text"'),
    "arguments in their order": ("CVM_EVC(1, 2, 3)", "Handed(0) = 1 And Handed(1) = 2 And Handed(2) = 3"),
    "arguments left out": ("CVM_TIER(5)", "UBound(Handed) = 3 And Handed(0) = 5"),
    "arguments by name": ('CVM_TIER(5, by:="amount")', 'Handed(3) = "amount"'),
    "a block of cells": ("CVM_TIER(Block(3))", "UBound(Handed(0), 1) - LBound(Handed(0), 1) = 2"),
    "one call for 10,000 rows": ("CVM_TIER(Block(10000))", "Calls = 1"),
    **{f"{code} as a number": (f'CVErr(CvmNumber("{code}"))', f"Got = CVErr({n})") for code, n in ERRORS.items()},
}
TESTS = """
Private Function Block(Count As Long) As Variant
    Dim Made As Variant, Index As Long
    ReDim Made(1 To Count, 1 To 1)
    For Index = 1 To Count
        Made(Index, 1) = Index
    Next Index
    Block = Made
End Function

"""


def opened(calc, path, sources):
    path.write_bytes(assembled(sources, "xlsm"))
    given = (property_value("Hidden", True), property_value("MacroExecutionMode", 4))
    return calc.impl.desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, given)


def project():
    sources = [module for module in modules(functions.load()) if module.name != "CvmPython"]
    return [*sources, Module("CvmPython", "code", STAND_IN)]


@pytest.fixture(scope="module")
def macro(calc, tmp_path_factory):
    """Runs a test macro in the workbook."""
    texts = "".join(
        f"Public Function Case{i}() As Boolean\n    Dim Got As Variant\n    Calls = 0\n    Got = {call}\n"
        f"    Case{i} = {holds}\nEnd Function\n\n"
        for i, (call, holds) in enumerate(CASES.values())
    )
    sources = [*project(), Module("Tests", "code", TESTS + texts)]
    document = opened(calc, tmp_path_factory.mktemp("macros") / "cvm_xl.xlsm", sources)
    scripts = document.getScriptProvider()

    def run(name):
        place = f"vnd.sun.star.script:CvmXl.Tests.{name}?language=Basic&location=document"
        return scripts.getScript(place).invoke((), (), ())[0]

    yield run
    document.close(True)


@pytest.mark.parametrize("case", CASES)
def test_in_basic(macro, case):
    assert macro(f"Case{list(CASES).index(case)}") is True


def test_the_whole_project_opens_and_its_wrappers_calculate_in_cells(calc, tmp_path):
    document = opened(calc, tmp_path / "whole.xlsm", project())
    try:
        found = document.BasicLibraries.getByName("CvmXl").getElementNames()
        assert set(found) == {module.name for module in modules(functions.load())}
        sheet = document.Sheets[0]
        assert sheet.getCellRangeByName("A1").getString() == "CVM_TIER"  # the help
        cell = sheet.getCellRangeByName("T1")
        cell.setFormula("=CVM_EVC(100;40;10)")
        assert cell.getValue() == 130
    finally:
        document.close(True)
