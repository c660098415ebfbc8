"""Every command, driven through the engine on a real document; the result is that of the headless refresh."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from tables import equal, tables

from cvm_xl.book.files import previous_of
from cvm_xl.errors import BookError
from cvm_xl.hosts.calc.engine.app import App, property_value
from cvm_xl.hosts.calc.engine.office import uno
from cvm_xl.hosts.calc.engine.paper import paper_of
from cvm_xl.hosts.ribbon.commands import COMMANDS, run
from cvm_xl.hosts.ribbon.writing import paused
from cvm_xl.new import new
from cvm_xl.refresh import Unfit, refresh


def test_refresh_adds_sheets_and_equals_the_headless_one(whole, calc, tmp_path, monkeypatch):
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
    added = re.search("Sheets added: (.+)", said)[1].split(", ")
    seen_as_headless(added, company, calc.books.open(tmp_path / "headless.xlsx"))
    prints_on_the_paper_of_settings(company)


def seen_as_headless(added, book, headless):
    """Sheets that the program added look and print as those of a headless refresh."""

    def seen(sheet):
        buttons = {table.name: table.show_autofilter for table in sheet.tables}
        api, page = sheet.api, page_of(sheet)
        across = (page.IsLandscape, page.ScaleToPagesX, page.LeftMargin, page.FooterIsOn)
        pages = (paper_of(page), *across, api.getPrintTitleRows(), len(api.getPrintAreas()))
        return buttons, pages

    for name in added:
        assert seen(book.sheets[name]) == seen(headless.sheets[name]), name
    # A condition compares texts: shares show as such.
    assert re.search(r"Whale peak +[\d.]+%", printed(book.sheets["Dashboard"], "A1:D30"))


def page_of(sheet):
    return sheet.book.api.StyleFamilies.getByName("PageStyles").getByName(sheet.api.PageStyle)


def printed(sheet, area):
    """The texts of cells as they are shown."""
    chosen = uno().Any("[]com.sun.star.beans.PropertyValue", (property_value("Selection", sheet.range(area).api),))
    path = Path(sheet.book.fullname).with_suffix(".pdf")
    given = property_value("FilterName", "calc_pdf_Export"), property_value("FilterData", chosen)
    sheet.activate()
    sheet.book.api.storeToURL(path.as_uri(), given)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


def prints_on_the_paper_of_settings(book):
    settings = book.sheets["Settings"].tables["Settings"].data_body_range
    place = [row[0] for row in settings.value].index("Paper")
    settings[place, 1].value = "Letter"
    own = book.sheets["Whale"].api
    own.PageStyle = book.sheets["Sales"].api.PageStyle  # shared with a sheet of the analyst's
    run("tiers", book)
    turned = ("Tiers", "Start", "Settings", "CostPools", "Help")  # the results, and with Start the template
    assert {paper_of(page_of(book.sheets[name])) for name in turned} == {"letter"}
    assert {paper_of(page_of(book.sheets[name])) for name in ("Whale", "Sales")} == {"a4"}


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
    run("pdf", company, str(tmp_path / "second.2025"))
    assert (tmp_path / "second.2025.pdf").read_bytes()[:4] == b"%PDF"


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
    for name, *given in (["refresh"], ["restore"], ["report", "x.xlsx"], ["import", "sales.csv", "Sales"]):
        with pytest.raises(BookError, match="not been saved yet"):
            run(name, book, *given)
    assert len(book.sheets) == 1
    book.close()


def test_a_workbook_open_for_reading_alone_says_so(prepared, calc):
    book = calc.books.open(prepared, read_only=True)
    before = [sheet.name for sheet in book.sheets], prepared.read_bytes()
    for name, *given in (["tiers"], ["report", str(prepared.with_name("report.xlsx"))]):
        with pytest.raises(BookError, match="open for reading alone"):
            run(name, book, *given)
    assert ([sheet.name for sheet in book.sheets], prepared.read_bytes()) == before
    book.close()


def test_what_another_program_wrote_into_the_file_is_not_overwritten(company, tmp_path):
    path = Path(company.fullname)
    for _ in range(2):  # what LibreOffice writes, and our names in it, is its own
        company.sheets["Settings"]["Z1"].value = "mine"
        company.save()
    os.utime(path)  # a time alone is no change
    company.save()
    new(tmp_path / "other.xlsx", "starter")
    theirs = shutil.copy(tmp_path / "other.xlsx", path).read_bytes()
    sheets = [sheet.name for sheet in company.sheets]
    for name, *given in (["tiers"], ["report", str(tmp_path / "report.xlsx")]):
        with pytest.raises(BookError, match=r"book\.xlsx was changed by another program.*another name"):
            run(name, company, *given)
    assert (path.read_bytes(), [sheet.name for sheet in company.sheets]) == (theirs, sheets)
    company.save(tmp_path / "mine.xlsx")
    assert "up to date" in run("tiers", company)
    assert path.read_bytes() == theirs


def test_a_new_workbook_replaces_a_file_only_when_asked_to_and_none_that_is_open(company, calc, tmp_path):
    target = tmp_path / "old.xlsx"
    target.write_bytes(b"of the analyst")
    with pytest.raises(BookError, match="exists already"):
        run("new", company, str(tmp_path / "old"))
    said = run("new", company, str(target), "replace")
    assert said.startswith("old.xlsx is open")
    assert previous_of(target).read_bytes() == b"of the analyst"
    assert previous_of(target).name in said
    with pytest.raises(BookError, match=r"old\.xlsx is open"):
        run("new", company, str(target), "replace")
    assert "Start" in [sheet.name for sheet in calc.books["old.xlsx"].sheets]


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


def test_one_table_s_share_is_not_shown_as_that_of_the_whole():
    class Program:
        screen_updating, calculation, said = True, "automatic", ()

        def __setattr__(self, name, value):
            if name == "status_bar":
                object.__setattr__(self, "said", (*self.said, value))

    program = Program()
    with paused(program) as say:
        say("Products", 40, 40)
    assert program.said == ("CVM: working", "CVM: Products: 40 of 40", False)


@pytest.fixture
def chosen(company):
    """Chooses a command in the menu; a function that waits for its answer and says whether it went well."""
    import threading

    import unohelper
    from com.sun.star.frame import XDispatchResultListener

    def choose(command, *given):
        done, answers = threading.Event(), []

        class Listener(unohelper.Base, XDispatchResultListener):
            def dispatchFinished(self, result):
                answers.append((result.State == 1, result.Result))
                done.set()

            def disposing(self, source):
                pass

        url = uno().createUnoStruct("com.sun.star.util.URL")
        url.Complete, url.Protocol, url.Path = f"org.cvmxl:{command}", "org.cvmxl:", command
        dispatch = company.api.CurrentController.Frame.queryDispatch(url, "_self", 0)
        dispatch.dispatchWithNotification(url, (property_value("Given", given),), Listener())

        def answer():
            assert done.wait(60)
            return answers[0]

        return answer

    return choose


def test_the_menu_runs_a_command_in_a_process_of_its_own(chosen):
    """From the dispatch in LibreOffice, through the worker that connects back, to the answer."""
    well, text = chosen("check")()
    assert well, text
    assert "in order" in text or "0 errors" in text


def is_runner(process):
    try:
        return "cvm_xl.hosts.calc.runner" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def test_a_command_whose_process_is_killed_leaves_the_workbook_to_its_user(company, calc, chosen):
    answer = chosen("refresh")
    until = time.monotonic() + 30
    while not company.api.hasControllersLocked() and time.monotonic() < until:
        time.sleep(0.01)
    started = psutil.Process(calc.pid).children(recursive=True)
    (runner,) = [process for process in started if is_runner(process)]
    runner.kill()
    well, text = answer()
    assert not well
    assert "ended from outside (signal 9)" in text
    assert "close the workbook without saving" in text
    assert not company.api.hasControllersLocked()
    assert company.api.isAutomaticCalculationEnabled()
    well, text = chosen("tiers")()
    assert well, text
