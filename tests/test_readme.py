"""The README's commands give what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cvm_xl.cli import main

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
SHOWN = [
    (command, output)
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for command, output in re.findall(r"^\$ (cvm-xl call .*)\n([^$].*)$", block, re.MULTILINE)
]


def test_there_are_examples():
    assert len(SHOWN) >= 3


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_call_shown_in_the_readme(command, output, capsys):
    main(shlex.split(command)[1:])
    assert capsys.readouterr().out.strip() == output


def test_the_five_minutes(tmp_path, monkeypatch, capsys):
    """The README's own data, word for word, with a file as a user may have it."""
    monkeypatch.chdir(tmp_path)
    rows = [f"2024-{m:02d}-{d:02d};{c};P{d % 3};{d};{m},50" for m in range(1, 13) for d in (3, 17) for c in "ABCDE"]
    Path("sales.csv").write_text("\n".join(["Date;ClientNo;Product;Quantity;Unit price", *rows]), encoding="utf-8")
    block = next(b for b in re.findall(r"```console\n(.*?)```", README, re.DOTALL) if "new book.xlsx" in b)
    for command in re.findall(r"^\$ (cvm-xl .*)$", block, re.MULTILINE):
        code = main(shlex.split(command)[1:])
        text = capsys.readouterr()
        assert code == 0, (command, text)
    assert "Written: book.xlsx" in text.out
