"""Every button of Excel's ribbon: what it runs, run on a real document, in LibreOffice through our engine."""

from __future__ import annotations

import pytest
import xlwings as xw

from cvm_xl.hosts.com import buttons
from cvm_xl.hosts.com.udfs import SAID
from cvm_xl.hosts.ribbon.commands import COMMANDS, sentence

# What the add-in's macros hand over besides the command: a path and a table, both empty where nothing was asked.
SAYS = {
    "new": "new.xlsx is open",
    "import": "60 rows for Sales",
    "check": "0 errors",
    "refresh": "tables are up to date",
    "tiers": "tables are up to date",
    "pnl": "tables are up to date",
    "price": "tables are up to date",
    "clv": "tables are up to date",
    "growth": "tables are up to date",
    "restore": "is as it was before",
    "why": "The whole way is on the sheet Trace",
    "report": "Written:",
    "pdf": ".pdf",
    "functions": "CVM_TIER(profit",
    "messages": "CVM_EVC: reference",
    "settings": "",
}


@pytest.fixture
def shown(company, monkeypatch):
    """What the user is shown, when a button is pressed in the company's workbook."""
    said: list[tuple[str, bool]] = []
    monkeypatch.setattr(buttons, "show", lambda app, text, failed=False: said.append((text, failed)))
    company.set_mock_caller()
    yield said
    del xw.Book._mock_caller


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_button(command, company, shown, sources, tmp_path, monkeypatch):
    asks = next(c.asks for c in COMMANDS if c.name == command)
    path = {
        "new file": tmp_path / "new.xlsx",
        "table file": sources / "sales.csv",
        "report file": tmp_path / "out.xlsx",
    }
    if command in ("restore", "why"):
        buttons.press("refresh", "", "")
        shown.clear()
    if command == "why":
        tiers = company.sheets["Tiers"]
        tiers.activate()
        place = tiers.tables["Tiers"].range
        tiers.range((place.row + 1, place.column + 3)).select()
    if command == "messages":
        SAID.append("CVM_EVC: reference ('ten'): is text; enter a number")
    buttons.press(command, str(path[asks]) if asks else "", "Sales" if asks == "table file" else "")
    assert not any(failed for _, failed in shown), shown
    assert SAYS[command] in "".join(text for text, _ in shown)
    assert bool(shown) == bool(SAYS[command])


def test_what_went_wrong_is_shown(shown, company):
    company.sheets["Sales"].range("A5").value = "someday"
    buttons.press("refresh", "", "")
    [(text, failed)] = shown
    assert failed
    assert "someday" in text
    assert "in the menu Check, lists everything." in text


def test_an_error_is_shown_as_a_sentence():
    shown = [
        sentence(ValueError(text)) for text in ("the cell is empty", "sheet Sales, row 5: no", "new.xlsx is there.")
    ]
    assert shown == ["The cell is empty.", "Sheet Sales, row 5: no.", "new.xlsx is there."]
    assert sentence(ValueError("cvm_xl (3)")) == "cvm_xl (3)."
    assert sentence(ValueError()) == ""


def test_a_fault_of_ours_is_shown_and_logged(shown, monkeypatch, caplog):
    monkeypatch.setattr(buttons, "run", lambda *given: 1 / 0)
    buttons.press("check", "", "")
    [(text, failed)] = shown
    assert failed
    assert "please report it" in text
    assert "fault in the command check" in caplog.text


def test_without_a_workbook_the_add_in_is_told(monkeypatch):
    def nobody():
        raise ValueError("no caller")

    monkeypatch.setattr(xw.Book, "caller", nobody)
    with pytest.raises(RuntimeError, match="no caller"):
        buttons.press("check", "", "")


def test_a_short_text_in_a_box_a_long_one_where_it_can_be_scrolled(monkeypatch):
    boxes, files = [], []

    class App:
        def alert(self, text, title, mode):
            boxes.append((text, title, mode))

    monkeypatch.setattr(buttons, "_open", files.append)
    buttons.show(App(), "short")
    buttons.show(App(), "wrong", failed=True)
    buttons.show(App(), "\n".join(map(str, range(100))))
    assert boxes == [("short", "CVM", "info"), ("wrong", "CVM", "critical")]
    assert files[0].read_text().endswith("99")
    files[0].unlink()
