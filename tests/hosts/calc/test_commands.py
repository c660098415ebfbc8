"""Every command, driven through the engine on a real document; the result is that of the headless refresh."""

from __future__ import annotations

import re
import shutil

import pytest
from tables import equal, tables

from cvm_xl.book.files import previous_of
from cvm_xl.errors import BookError
from cvm_xl.hosts.calc.engine.app import App
from cvm_xl.hosts.ribbon.commands import COMMANDS, run
from cvm_xl.new import new
from cvm_xl.refresh import Unfit, refresh


def test_refresh_adds_sheets_and_equals_the_headless_one(whole, tmp_path, monkeypatch):
    company = whole
    shown = []
    real = App.status_bar
    monkeypatch.setattr(
        App, "status_bar", real.setter(lambda self, text: (shown.append(text), real.fset(self, text))[1])
    )
    assert "0 errors" in run("check", company) or "in order" in run("check", company)
    company.save()
    shutil.copy(company.fullname, tmp_path / "headless.xlsx")
    said = run("refresh", company)
    steps = [int(found[1]) for text in shown if (found := re.match(r"CVM: (\d+) of 13: ", text or ""))]
    assert steps == sorted(steps)
    assert {2, 3, 6, 8, 11, 12} <= set(steps)
    # Which steps say how long the rest takes depends on the machine: one that lasts longer than expected does not.
    assert any(re.search(r", about \d+ (s|min) left \(\d+%\)$", text or "") for text in shown)
    assert any(re.search(r"growth\b.* \(\d+%\)$", text or "") for text in shown)
    assert shown[-1] is False
    assert "Sheets added: Dashboard, Tiers" in said
    assert company.sheets.active.name == "Dashboard"
    company.save()
    refresh(tmp_path / "headless.xlsx")
    equal(tables(company.fullname), tables(tmp_path / "headless.xlsx"))
    assert len(company.sheets["Dashboard"].charts) >= 2


def test_refresh_again_after_changes_keeps_what_the_analyst_did(company, tmp_path):
    run("refresh", company)
    tiers = company.sheets["Tiers"]
    table = tiers.tables["Tiers"]
    top, left, width = table.range.row, table.range.column, table.range.columns.count
    # A column of the analyst's own: typed remarks, and one of formulas.
    table.resize(tiers.range((top, left), (top + table.range.rows.count - 1, left + width + 1)))
    tiers.range((top, left + width)).value = ["Remark", "Half"]
    customers = tiers.range((top + 1, left + 1), (top + 9, left + 1)).value
    tiers.range((top + 1, left + width)).value = [[f"about {customer}"] for customer in customers]
    profit = next(i for i, h in enumerate(table.header_row_range.value) if h == "Profit")
    letter = chr(ord("A") + left - 1 + profit)
    tiers.range((top + 1, left + width + 1), (top + 9, left + width + 1)).formula = f"={letter}{top + 1}/2"
    tiers["A1"].color = (1, 2, 3)
    tiers.range((top + 9, left + 1)).add_note(f"note on {customers[8]}")
    tiers.range((top + 1 + customers.index("01"), left)).add_note("a note that goes")
    own = company.sheets.add("Mine", after=company.sheets[-1])
    own["A1"].formula = "=SUM(Tiers[Profit])"
    # Fewer customers, other profits.
    sales = company.sheets["Sales"].tables["Sales"]
    body = sales.data_body_range
    heads = sales.header_row_range.value
    customer, revenue = heads.index("Customer"), heads.index("Net revenue")
    rows = body.value
    for row in rows:
        row[customer] = "09" if row[customer] == "01" else row[customer]
        row[revenue] = row[revenue] * 3 if row[customer] == "05" else row[revenue]
    body.value = [[f"'{c}" if isinstance(c, str) else c for c in row] for row in rows]
    said = run("tiers", company)
    assert "Remark of 01" in said  # lost aloud
    assert "the note on Rank of 01 ('a note that goes') has no row any more" in said
    (note,) = tiers.notes
    assert note.text == f"note on {note.location.value}"
    table = company.sheets["Tiers"].tables["Tiers"]
    found = dict(zip(table.data_body_range.columns[1].value, table.data_body_range.columns[width].value, strict=True))
    assert found == {customer: f"about {customer}" for customer in found}
    assert len(found) == 8
    halves = table.data_body_range.columns[width + 1].value
    assert halves == pytest.approx([p / 2 for p in table.data_body_range.columns[profit].value])
    assert tiers["A1"].color == (1, 2, 3)
    assert own["A1"].value == pytest.approx(sum(table.data_body_range.columns[profit].value))
    company.save()
    shutil.copy(company.fullname, tmp_path / "headless.xlsx")
    refresh(tmp_path / "headless.xlsx", only=["tiers"])
    equal({"Tiers": tables(company.fullname)["Tiers"]}, {"Tiers": tables(tmp_path / "headless.xlsx")["Tiers"]})


@pytest.mark.parametrize("part", ["tiers", "pnl", "clv", "price", "growth"])
def test_parts(company, part):
    said = run(part, company)
    assert "tables are up to date" in said
    names = {sheet.name for sheet in company.sheets}
    assert ("Tiers" in names) == (part == "tiers")
    assert ("SegmentPnL" in names) == (part == "pnl")


def test_restore_brings_back_what_was_before(company, calc):
    before = [sheet.name for sheet in company.sheets]
    run("refresh", company)
    company.save()
    assert previous_of(company.fullname).exists()
    run("restore", company)
    assert [sheet.name for sheet in calc.books["book.xlsx"].sheets] == before
    run("restore", calc.books["book.xlsx"])
    assert "Tiers" in [sheet.name for sheet in calc.books["book.xlsx"].sheets]


def test_why_this_number(company):
    run("refresh", company)
    sheet = company.sheets["Tiers"]
    table = sheet.tables["Tiers"]
    customer = table.data_body_range[0, 1].value
    table.data_body_range[0, 5].select() if sheet.activate() is None else None
    said = run("why", company)
    first, *lines, last = said.split("\n")
    assert first.startswith(f"{customer}: ")
    assert len({line.split(": ")[0] for line in lines}) == len(lines)  # each line of the P&L once
    amount = [float(line.split(": ")[-1].replace("\N{NO-BREAK SPACE}", "")) for line in (first, *lines)]
    assert amount[0] == pytest.approx(sum(amount[1:]))
    assert last == "The whole way is on the sheet Trace, by rule and ledger account."
    trace = company.sheets["Trace"].tables["Trace"]
    amounts = trace.data_body_range.columns[trace.header_row_range.value.index("Amount")].value
    profit = table.data_body_range[0, table.header_row_range.value.index("Profit")].value
    assert sum(amounts) == pytest.approx(profit)
    company.sheets["Start"].activate()
    company.sheets["Start"]["A1"].select()
    with pytest.raises(BookError, match="no customer's and no segment's figure"):
        run("why", company)


def test_report_and_pdf(company, calc, tmp_path):
    said = run("report", company, str(tmp_path / "report.xlsx"))
    assert f"Written: {tmp_path / 'report.xlsx'}" in said
    assert "report.xlsx" in [book.name for book in calc.books]
    run("pdf", company, str(tmp_path / "second.xlsx"))
    assert (tmp_path / "second.pdf").read_bytes()[:4] == b"%PDF"


def test_help_messages_settings(company):
    company.sheets["Start"]["H30"].formula = "=CVM_EVC(1,2,3)"
    company.sheets["Start"].activate()
    company.sheets["Start"]["H30"].select()
    assert run("functions", company).startswith("CVM_EVC(reference, gains, losses)")
    company.sheets["Start"]["H31"].select()
    assert "CVM_TIER(profit" in run("functions", company)
    run("settings", company)
    assert company.sheets.active.name == "Settings"
    assert run("messages", company, "CVM_EVC: gains must be 0 or more") == "CVM_EVC: gains must be 0 or more"


def test_what_is_wrong_with_the_inputs_stops_a_refresh_and_changes_nothing(company, calc):
    pools = company.sheets["CostPools"].tables["CostPools"]
    pools.data_body_range[0, pools.header_row_range.value.index("Driver")].value = "no such driver"
    said = run("check", company)
    assert said.startswith("1 error,")
    assert "no such driver" in said
    assert company.sheets.active.name == "CostPools"
    assert company.selection.value == "no such driver"
    before = [sheet.name for sheet in company.sheets]
    with pytest.raises(Unfit):
        run("refresh", company)
    assert [sheet.name for sheet in company.sheets] == before
    assert (calc.screen_updating, calc.calculation, calc.status_bar) == (True, "automatic", False)


def test_a_workbook_without_a_file_is_told_to_be_saved(calc):
    book = calc.books.add()
    for name in ("refresh", "restore", "report"):
        with pytest.raises(BookError, match="not been saved yet"):
            run(name, book, *(["x.xlsx"] if name == "report" else []))
    book.close()


def test_an_existing_workbook_gets_our_sheets_by_import(calc, sources, tmp_path):
    book = calc.books.add()
    book.sheets[0]["A1"].value = "mine"
    book.save(tmp_path / "own.xlsx")
    run("import", book, str(sources / "sales.csv"), "Sales")
    assert [sheet.name for sheet in book.sheets] == ["Sheet1", "Sales"]
    assert book.sheets[0]["A1"].value == "mine"
    assert len(book.sheets["Sales"].tables["Sales"].data_body_range.rows) == 60
    book.close()


def test_settings_are_set_by_their_names(company, tmp_path):
    source = tmp_path / "settings.csv"
    source.write_text("setting,value\nCurrency,GBP\nRequired margin,25%\n", encoding="utf-8")
    before = company.sheets["Settings"].tables["Settings"].range.shape
    run("import", company, str(source), "Settings")
    table = company.sheets["Settings"].tables["Settings"]
    assert table.range.shape == before
    found = {row[0]: row[1] for row in table.data_body_range.value}
    assert (found["Currency"], found["Required margin"], found["Tier names"]) == ("GBP", 0.25, "Top; Middle; Bottom")


def test_every_command_has_words_for_the_user():
    assert len({command.name for command in COMMANDS}) == len({command.label for command in COMMANDS}) == len(COMMANDS)
    assert all(command.tip and len(command.tip) < 80 for command in COMMANDS)
    assert new.__doc__


def test_the_menu_runs_a_command_in_a_process_of_its_own(company, calc):
    """From the dispatch in LibreOffice, through the worker that connects back, to the answer."""
    import threading

    import unohelper
    from com.sun.star.frame import XDispatchResultListener

    done, answers = threading.Event(), []

    class Listener(unohelper.Base, XDispatchResultListener):
        def dispatchFinished(self, result):
            answers.append((result.State, result.Result))
            done.set()

        def disposing(self, source):
            pass

    from cvm_xl.hosts.calc.engine.app import property_value
    from cvm_xl.hosts.calc.engine.office import uno

    url = uno().createUnoStruct("com.sun.star.util.URL")
    url.Complete, url.Protocol, url.Path = "org.cvmxl:check", "org.cvmxl:", "check"
    frame = company.api.CurrentController.Frame
    dispatch = frame.queryDispatch(url, "_self", 0)
    dispatch.dispatchWithNotification(url, (property_value("Given", ()),), Listener())
    assert done.wait(60)
    state, text = answers[0]
    assert state == 1, text
    assert "in order" in text or "0 errors" in text
