"""Run all benchmarks and write RESULTS.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from math import log
from pathlib import Path
from statistics import linear_regression

from benchmarks.measure import Measured, measured

HERE = Path(__file__).parent
OUT = HERE / "out"
PEERS = ("python-calamine", "fastexcel", "polars", "openpyxl", "XlsxWriter", "pandas", "numpy", "duckdb")
SIZES = (10_000, 100_000, 1_000_000)
Row = tuple[str, Sequence[str]]


def main() -> None:
    """Measure, print and write the table."""
    OUT.mkdir(exist_ok=True)
    report = [*_heading()]
    for title, rows, runs, seconds in (_refresh(), _fill(), _report(), _start(), _excel_start()):
        print(f"{title} ...", file=sys.stderr, flush=True)
        found = measured([command for _, command in rows], runs, seconds)
        report += _table(title, [name for name, _ in rows], found)
    report += _growth()
    report += _printed("benchmarks.cells")
    report += _within("benchmarks.phases")
    report += _within("benchmarks.allocate")
    report += _within("benchmarks.invest")
    report += _within("benchmarks.excel", "column")
    report += _within("benchmarks.calc")
    report += _within("benchmarks.lifetime")
    print("sales outside the workbook ...", file=sys.stderr, flush=True)
    report += _printed("benchmarks.scale")
    _python("-m", "benchmarks.refresh", "same", OUT / "refresh-ours.xlsx", OUT / "refresh-openpyxl.xlsx")
    _python("-m", "benchmarks.refresh", "same", OUT / "refresh-ours.xlsx", OUT / "refresh-calamine.xlsx")
    _python("-m", "benchmarks.report", "same", OUT / "report-ours.xlsx", OUT / "report-openpyxl.xlsx")
    report += ["All three refreshes gave the same figures in all output tables, all three reports the same customers."]
    text = "\n".join(report) + "\n"
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)


def _refresh() -> tuple[str, list[Row], int, float]:
    book = OUT / "sales.xlsx"
    print("200,000 sales lines ...", file=sys.stderr, flush=True)
    _python("-m", "benchmarks.company", book)
    return (
        "Refresh of a workbook with 200,000 sales lines and all tables, checked",
        [
            (name, ("-m", "benchmarks.refresh", what, str(book), str(OUT / f"refresh-{what}.xlsx")))
            for name, what in (
                ("cvm-xl refresh", "ours"),
                ("pandas + openpyxl (no check)", "openpyxl"),
                ("pandas with calamine + openpyxl (no check)", "calamine"),
            )
        ],
        3,
        100,
    )


def _growth() -> list[str]:
    """A Sales sheet of eight columns and up to a million rows: against a script, and how time and memory grow."""
    parts = "tiers,pnl,clv"
    books = {lines: OUT / f"limit-{lines}.xlsx" for lines in SIZES}
    for lines, book in books.items():
        print(f"{lines:,} sales lines ...", file=sys.stderr, flush=True)
        _python("-m", "benchmarks.limit", book, lines)
    commands = [
        ("-m", "benchmarks.refresh", "ours", str(book), str(OUT / "limit-ours.xlsx"), parts) for book in books.values()
    ]
    found = measured(commands, 3, 100)
    peer = ("-m", "benchmarks.refresh", "openpyxl", str(books[SIZES[-1]]), str(OUT / "limit-openpyxl.xlsx"), parts)
    most = [found[-1], *measured([peer], 1, 600)]
    title = f"Refresh of tiers, P&L and lifetime value of a Sales sheet of {SIZES[-1]:,} x 8"
    report = _table(title, ["cvm-xl refresh", "pandas + openpyxl (no check)"], most)
    _python("-m", "benchmarks.refresh", "same", OUT / "limit-ours.xlsx", OUT / "limit-openpyxl.xlsx")
    named = [f"{lines:,} sales lines" for lines in SIZES]
    report += _table("The same refresh by rows of the sheet", named, found)
    logs = [log(lines) for lines in SIZES]
    time, memory = (
        linear_regression(logs, [log(getattr(one, what)) for one in found]).slope for what in ("wall", "peak")
    )
    return [*report, f"Slope of log time over log rows: {time:.2f}; of log memory: {memory:.2f}.", ""]


def _fill() -> tuple[str, list[Row], int, float]:
    book = OUT / "data.xlsx"
    _python("-m", "benchmarks.fill", "write", book)
    return (
        "Fill a styled table of 100,000 x 5",
        [
            (name, ("-m", "benchmarks.fill", what, str(book), str(OUT / f"fill-{what}.xlsx")))
            for name, what in (("cvm_xl.book.fill", "ours"), ("openpyxl: load, fill, save", "openpyxl"))
        ],
        3,
        20,
    )


def _report() -> tuple[str, list[Row], int, float]:
    _python("-m", "benchmarks.report", "prepare", OUT)
    return (
        "Report of 100,000 customers: ten pages with charts, five tables in full",
        [
            (name, ("-m", "benchmarks.report", what, str(OUT), str(OUT / f"report-{what}.xlsx")))
            for name, what in (
                ("cvm_xl.book.report", "ours"),
                ("XlsxWriter alone (no charts)", "xlsxwriter"),
                ("openpyxl alone (no charts)", "openpyxl"),
            )
        ],
        3,
        100,
    )


def _start() -> tuple[str, list[Row], int, float]:
    call = ("-m", "cvm_xl.cli", "call", "CVM_EVC", "100", "[[40]]", "[[10]]")
    rows: list[Row] = [
        ("cvm-xl call CVM_EVC 100 '[[40]]' '[[10]]'", call),
        ('python -c "import pandas"', ("-c", "import pandas")),
        ('python -c "import numpy"', ("-c", "import numpy")),
    ]
    return "Cold start", rows, 7, 15


def _excel_start() -> tuple[str, list[Row], int, float]:
    rows: list[Row] = [
        ("=CVM_EVC(100,40,10)", ("-m", "benchmarks.excel", "first-ours")),
        ("a bare function in a module that imports pandas", ("-m", "benchmarks.excel", "first-pandas")),
    ]
    return "In Excel's Python, over stubs: cold start to the first answer", rows, 7, 15


def _within(*module: str) -> list[str]:
    """What is measured within one program; ratios are to the last line of each table."""
    print(f"{module[0]} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", *module]
    found = json.loads(subprocess.run(command, check=True, cwd=HERE.parent, capture_output=True).stdout)
    lines: list[str] = []
    for title, times in found:
        lines += [f"## {title}", "", "| | seconds | time |", "|---|--:|--:|"]
        lines += [f"| {name} | {seconds:.3f} | {seconds / times[-1][1]:.1f}x |" for name, seconds in times]
        lines += [""]
    return lines


def _printed(module: str) -> list[str]:
    """What a program prints, that measures in processes of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module], check=True, cwd=HERE.parent, stdout=subprocess.PIPE, text=True
    )
    return [*done.stdout.splitlines(), ""]


def _python(*arguments: object) -> None:
    subprocess.run([sys.executable, *map(str, arguments)], check=True, cwd=HERE.parent)


def _heading() -> list[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in PEERS)
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`. Each run is a fresh process, imports included; medians over the runs. Ratios are",
        "to the first line of each table: how many times as long, and as much memory, the others take. A table without",
        "memory was measured within one program, and its ratios are to the last line.",
        "",
        f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"{versions}.",
        "",
    ]


def _table(title: str, names: Sequence[str], found: Sequence[Measured]) -> list[str]:
    lines = [
        f"## {title}",
        "",
        "| | seconds | processor seconds | peak MB | runs | time | processor | memory |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    first = found[0]
    for name, one in zip(names, found, strict=True):
        ratios = (one.wall / first.wall, one.cpu / first.cpu, one.peak / first.peak)
        shown = " | ".join(f"{ratio:.1f}x" for ratio in ratios)
        lines.append(f"| {name} | {one.wall:.2f} | {one.cpu:.2f} | {one.peak:,.0f} | {one.runs} | {shown} |")
    return [*lines, ""]


if __name__ == "__main__":
    main()
