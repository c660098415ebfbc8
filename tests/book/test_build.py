"""The templates: every table, column and rule of the schema is in them, and programs open them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from cvm_xl import functions
from cvm_xl.answers.pools import SUBTOTALS
from cvm_xl.book import parts, price_sheets, schema, sheets, start, style
from cvm_xl.book.build import build_all, donor, new_book
from cvm_xl.book.fill import fill
from cvm_xl.book.package import Package
from cvm_xl.describe import to_json

FUNCTIONS = functions.load()
OUTPUTS = [table.name for table in schema.outputs()]
DASHBOARD = {"Headlines", "BySegment", "ByTier", "ByOffer"}
WATERFALLS = ("BridgeSteps", "PocketSteps")
UNDRAWN = ("step", "amount")
FRAME = re.compile(r"<xdr:graphicFrame.*?<xdr:cNvPr ([^>]*)>", re.DOTALL)


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def tables_of(book):
    return {table.name: (sheet, table) for sheet in book for table in sheet.tables.values()}


def body_rule(sheet, column_letter, row):
    """The validation of a column's first data cell."""
    cell = f"{column_letter}{row}"
    return next((rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref), None)


@pytest.fixture(scope="module")
def full():
    return opened(new_book("full", FUNCTIONS))


@pytest.fixture(scope="module")
def outputs():
    return opened(donor(OUTPUTS, spread={"SegmentPnL": ["Picking", "Delivery"]}, currency="USD", decimals=3))


@pytest.mark.parametrize("table", schema.inputs(), ids=lambda table: table.name)
def test_an_input_table_has_its_columns_rules_and_look(full, table):
    sheet, found = tables_of(full)[table.name]
    assert sheet.title == table.sheet
    first, last = found.ref.split(":")
    assert first == "A4"
    assert [cell.value for cell in sheet[first:last][0]] == [column.header for column in table]
    assert sheet.freeze_panes.startswith(("A5", "B5", "C5"))
    assert sheet.print_title_rows == "$4:$4"
    for cell, column in zip(sheet[5], table, strict=False):
        if table.name == "Settings":
            continue
        assert cell.font.color.rgb == "FF0000FF"
        assert cell.fill.fgColor.rgb == "FFFFFBE6"
        if column.kind == "id":
            assert cell.number_format == "@", "007 must stay 007"
        if column.kind in ("money", "share", "date"):
            # "mm-dd-yy" is how openpyxl calls format 14: the date in the order of the user's locale
            assert cell.number_format == {"money": "#,##0.00", "share": "0.0%", "date": "mm-dd-yy"}[column.kind]
        letter = cell.column_letter
        # Typing below the table looks and behaves as in it, on whatever row.
        below = next(d for d in sheet.column_dimensions.values() if d.min <= cell.column <= d.max)
        assert below._style == cell._style
        rule = body_rule(sheet, letter, 900_000)
        assert rule is body_rule(sheet, letter, 5)
        if column.refers:
            assert (rule.type, rule.formula1, rule.errorStyle) == ("list", f"{column.refers}_list", "warning")
        elif column.choices:
            assert rule.formula1 == f'"{",".join(column.choices)}"'
            assert bool(rule.showErrorMessage) == (column.kind == "choice")
        elif column.kind in ("number", "money", "share", "whole"):
            assert float(rule.formula1) == (-1e15 if column.lo is None else column.lo)
            assert float(rule.formula2) == (1e15 if column.hi is None else column.hi)
        elif column.kind in ("text", "id"):
            assert rule is None


def test_headers_say_what_a_column_means_and_which_are_required(full):
    for table in schema.inputs():
        sheet, _ = tables_of(full)[table.name]
        fills = set()
        for cell, column in zip(sheet[4], table, strict=False):
            rule = body_rule(sheet, cell.column_letter, 4)
            assert column.help[:200] in rule.prompt
            assert rule.showInputMessage
            assert len(rule.prompt) <= 255
            if table.name != "Settings":
                fills.add((column.required, cell.fill.fgColor.rgb))
        assert len({colour for _, colour in fills}) == len({needed for needed, _ in fills})


def test_messages_fit_in_excel(full):
    for sheet in full:
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.error or "") <= 255
            assert len(rule.errorTitle or "") <= 32
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.formula1 or "") <= 255


def test_drop_downs_follow_the_key_of_the_table_they_name(full):
    names = {name: full.defined_names[name].attr_text for name in full.defined_names}
    referred = {column.refers for table in schema.inputs() for column in table if column.refers}
    assert set(names) == {f"{name}_list" for name in referred}
    assert names["CostPools_list"] == "CostPools[Pool]"
    assert names["TouchPoints_list"] == "TouchPoints[Touch-point]"


def test_each_setting_has_its_default_and_its_own_rule(full):
    sheet, found = tables_of(full)["Settings"]
    rows = list(sheet[found.ref])[1:]
    assert [(name.value, value.value) for name, value, _ in rows] == [(s.name, s.default) for s in schema.SETTINGS]
    for (_, value, _), setting in zip(rows, schema.SETTINGS, strict=True):
        rule = body_rule(sheet, "B", value.row)
        kinds = {"share": "decimal", "number": "decimal", "whole": "whole", "choice": "list", "date": "date"}
        assert (rule.type if rule else None) == kinds.get(setting.kind), setting.name
        if setting.kind == "share":
            assert (float(rule.formula1), float(rule.formula2)) == (setting.lo, setting.hi)


def test_the_starter_is_sales_settings_and_five_cost_pools():
    book = opened(new_book("starter", FUNCTIONS))
    assert book.sheetnames == ["Start", "Settings", "Sales", "CostPools", "Help"]
    sheet, found = tables_of(book)["CostPools"]
    header, *rows = [[cell.value for cell in row] for row in sheet[found.ref]]
    pools = [dict(zip(header, row, strict=True)) for row in rows]
    assert len(pools) == 5
    levels = schema.table("CostPools").column("Level").choices
    for pool in pools:
        assert pool["Amount"] is None
        assert pool["Level"] in levels
        assert pool["Driver"] in schema.DRIVERS


def test_start_links_to_every_table_to_fill(full):
    links = {cell.hyperlink.location for row in full["Start"] for cell in row if cell.hyperlink}
    assert {re.sub(r"'?!.*", "", link).strip("'") for link in links} == {table.sheet for table in schema.inputs()}


def test_help_lists_every_function_and_keeps_examples_text(full):
    sheet, found = tables_of(full)["Functions"]
    rows = list(sheet[found.ref])[1:]
    assert [row[0].value for row in rows] == list(FUNCTIONS)
    assert all(row[4].value.startswith(f"={row[0].value}(") for row in rows)
    part = members(new_book("full", FUNCTIONS))[f"xl/worksheets/sheet{full.sheetnames.index('Help') + 1}.xml"]
    assert "<f>" not in part


def test_table_and_column_names_are_unique_and_valid_in_excel(full, outputs):
    names = [name.casefold() for book in (full, outputs) for name in tables_of(book)]
    names += [name.casefold() for name in full.defined_names]
    assert len(names) == len(set(names))
    for book in (full, outputs):
        for sheet, found in tables_of(book).values():
            assert re.fullmatch(r"[A-Za-z_]\w*", found.name)
            assert not re.fullmatch(r"[A-Za-z]{1,3}\d+", found.name), "would be a cell address"
            headers = [str(cell.value).casefold() for cell in sheet[found.ref][0]]
            assert len(headers) == len(set(headers))
            assert not sheet.merged_cells.ranges


def test_each_page_of_a_printed_table_bears_its_header(outputs):
    """The Dashboard alone prints on one page; a chart beside the header would be printed on each, too."""
    for sheet in outputs:
        heads = {int(re.match(r"[A-Z]+(\d+)", table.ref)[1]) for table in sheet.tables.values()}
        if sheet.title == "Dashboard" or not heads:
            continue
        assert sheet.print_title_rows in {f"${row}:${row}" for row in heads}, sheet.title
        top = int(sheet.print_title_rows.rpartition("$")[2]) - 1
        for chart in sheet._charts:
            assert not chart.anchor._from.row <= top <= chart.anchor.to.row, sheet.title


@pytest.mark.parametrize("table", schema.outputs(), ids=lambda table: table.name)
def test_an_output_table_has_its_columns_in_black(outputs, table):
    sheet, found = tables_of(outputs)[table.name]
    assert sheet.title == table.sheet
    header, first = sheet[found.ref]
    wanted = [column.header for column in table]
    if table.name == "SegmentPnL":
        wanted[-1:] = ["Picking", "Delivery", "Contribution"]
    assert [cell.value for cell in header] == wanted
    for cell, column in zip(first, [table.column(h) for h in wanted], strict=True):
        assert cell.font.color.rgb == ("FF0000FF" if column and column.typed else "FF1F2328")
        if column is None or column.kind == "money":
            assert cell.number_format.split(";")[0] == "#,##0.000"
    if any(column.kind == "money" for column in table) and table.name not in DASHBOARD:
        assert "USD" in sheet["A1"].value


def test_two_pools_of_one_name_are_refused():
    with pytest.raises(ValueError, match="SegmentPnL"), pytest.warns(UserWarning, match="Duplicate header"):
        donor(["SegmentPnL"], spread={"SegmentPnL": ["Picking", "picking"]})


# --- the dashboard -------------------------------------------------------------------------------------------------


def chart_references(content):
    return [
        reference
        for name, text in members(content).items()
        if name.startswith("xl/charts/chart")
        for reference in re.findall(r"<c:f>(.*?)</c:f>", text)
    ]


def test_charts_draw_whole_columns_of_tables():
    content = donor(OUTPUTS)
    columns = set()
    for table in parts.tables(Package(content)):
        for i, header in enumerate(table.columns):
            column = openpyxl.utils.get_column_letter(table.area.left + i)
            first, last = table.data.top, table.data.bottom
            columns.add((f"{table.sheet.name}!${column}${first}:${column}${last}", table.name, header))
    known = {reference: (name, header) for reference, name, header in columns}
    single = {reference for reference in chart_references(content) if ":" not in reference}  # points with names
    assert len(single) == 3 * price_sheets.NAMED
    charted = {known[reference] for reference in chart_references(content) if ":" in reference}
    assert charted == {
        ("Whale", "Customers share"),
        ("Whale", "Cumulative share"),
        ("Whale", "Peak"),
        ("BySegment", "Segment"),
        ("BySegment", "Contribution"),
        ("ByTier", "Tier"),
        ("ByTier", "CLV"),
        *(("ByOffer", column.header) for column in schema.table("ByOffer")),
        *(("AcceptanceCurve", n) for n in ("Price", "Acceptance", "Expected profit", "Target", "Price today")),
        *(("GapBars", column.header) for column in schema.table("GapBars")),
        *(("ValueMap", n) for n in ("Relative price", "Fair line", "Against")),
        *(("MapPoints", n) for n in ("Quality", "Price", "Fair line")),
        *(("ChoiceShares", n) for n in ("Shown", "Share")),
        *(("EffectBars", n) for n in ("Effect", "Amount")),
        *(("WhatIfBands", n) for n in ("Offer", "Floor drawn", "Band drawn", "Target drawn", "Price drawn")),
        *(("PriceCurves", column.header) for column in schema.table("PriceCurves") if column.name != "product"),
        *(("TierMoves", column.header) for column in schema.table("TierMoves")),
        *(("ScenarioTotals", column.header) for column in schema.table("ScenarioTotals")),
        *(("ByQuadrant", n) for n in ("Quadrant", "Profit")),
        *(("Holdout", n) for n in ("Period", "Cumulative actual", "Cumulative expected", "Cumulative naive")),
        *(("HoldoutDeciles", n) for n in ("Decile", "Actual", "Naive actual")),
        *(("Cohorts", n) for n in ("Cohort", "CLV a customer", "Bought again")),
        *(("PotentialBySegment", n) for n in ("Segment", "Value now", "Retention", "Cross-sell", "Up-sell")),
        *(("LookAlikeLift", n) for n in ("Decile", "Lift")),
        *(("AlertSummary", n) for n in ("Alert", "New", "Standing", "Over")),
        *(("Readiness", n) for n in ("Dimension", "Score")),
        *(("ByDecision", n) for n in ("Decision", "At stake")),
        *(("DecisionsByOwner", n) for n in ("Owner", "Invest gain", "Adjust gain", "Award gain")),
        *(("Investment", n) for n in ("Unit", "Spend today", "Best")),
        *(("Frontier", n) for n in ("Budget", "Worth", "Plan today", "Plan best")),
        *(("SatisfactionCurve", n) for n in ("Satisfaction", "Fitted", "Kept")),
        *(("SatisfactionSpend", n) for n in ("Segment", "Spend today", "Best spend")),
        *(("SatisfactionDrivers", n) for n in ("Driver", "Weight", "Penalty", "Reward")),
        *(("NetPromoters", n) for n in ("Group", "NPS", "Error", "Low", "High")),
        *(("KanoMap", n) for n in ("Feature", "Worse", "Better")),
        *(("AcquisitionFunnel", n) for n in ("Source", "Ceiling", "Cost a customer")),
        *(("AcquireRetain", n) for n in ("Segment", "Keep today", "Keep best")),
        *(("Expansion", n) for n in ("Segment", "Expansion", "New", "Contraction", "Lost")),
        *(("LoyaltyProgramme", n) for n in ("Tier", "Share of sales")),
        *(("RateChanges", n) for n in ("Move", "Worth of a point")),
        *(("ContactDeciles", n) for n in ("Decile", "Profit", "Cumulative profit")),
        *(("TouchPointValue", n) for n in ("Touch-point", "Cost", "Expected value")),
        *(("ChannelCosts", n) for n in ("Channel", "Sell an order", "Serve an order")),
        *(("ChannelPlan", n) for n in ("Way", "Orders today", "Orders best")),
        *(("InitiativeStatus", n) for n in ("Initiative", "Reached")),
        *((name, column.header) for name in WATERFALLS for column in schema.table(name) if column.name not in UNDRAWN),
    }


def test_the_dashboard_comes_whole_and_with_what_it_charts():
    book = opened(donor(["Headlines"]))
    assert set(tables_of(book)) == DASHBOARD | {"Whale"}
    assert opened(donor(["Settings", "Tiers", "Whale", "ByTier"])).sheetnames == [
        "Settings",
        "Dashboard",
        "Tiers",
        "Whale",
    ]


@pytest.mark.filterwarnings("error")
def test_charts_and_drop_downs_refer_to_tables_where_they_stand():
    moved = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "My whale"
    heads = [column.header for column in schema.table("Whale")][::-1]
    for column, head in enumerate(heads, start=3):
        sheet.cell(10, column, head)
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="Whale", ref="C10:G40"))
    other = book.create_sheet("Clients")
    other.append(["Region [#1]", "customer"])
    other.add_table(openpyxl.worksheet.table.Table(displayName="Customers", ref="A1:B9"))
    book.save(moved)
    package = Package(moved.getvalue())
    added = donor(["Headlines", "Offers"], present=parts.tables(package))
    made = opened(added)
    assert "Whale" not in tables_of(made)
    assert "'My whale'!$G$11:$G$40" in chart_references(added), "Customers share is the last column there"
    assert made.defined_names["Customers_list"].attr_text == "Customers[customer]"
    assert "Segments_list" not in made.defined_names, "there are no segments to offer"
    sheet, _ = tables_of(made)["Offers"]
    assert body_rule(sheet, "C", 5) is None
    again = opened(donor(["Offers"], present=parts.tables(package), names=["customers_LIST"]))
    assert not again.defined_names
    assert body_rule(again["Offers"], "B", 5).formula1 == "Customers_list"


# --- programs and files --------------------------------------------------------------------------------------------


def test_libreoffice_opens_the_templates_and_resolves_their_names(office, tmp_path):
    path = tmp_path / "full.xlsx"
    path.write_bytes(new_book("full", FUNCTIONS))
    result = office(path, "ods")
    with zipfile.ZipFile(result) as book:
        text = book.read("content.xml").decode()
    for table in schema.inputs():
        assert f'table:name="{table.sheet}"' in text
    names = dict(re.findall(r'<table:named-expression table:name="(\w+)"[^>]*table:expression="([^"]+)"', text))
    assert names["CostPools_list"] == "[$CostPools.$B$5:.$B$9]"
    assert names["TouchPoints_list"].startswith("[$TouchPoints.$A$5")


def test_libreoffice_draws_the_empty_charts(office, tmp_path):
    path = tmp_path / "outputs.xlsx"
    path.write_bytes(donor(OUTPUTS))
    result = office(path, "ods")
    with zipfile.ZipFile(result) as book:
        charts = [book.read(name).decode() for name in book.namelist() if re.fullmatch(r"Object \d+/content.xml", name)]
    titles = {re.search(r"<chart:title.*?<text:p>(.*?)</text:p>", text)[1].split(",")[0] for text in charts}
    assert titles == {
        "Whale curve: cumulative profit",
        "Contribution by segment",
        "Price bands",
        "Lifetime value of customers by tier",
        "Expected profit per offer at each price",
        "A year at cost plus: given away",
        "Value map where we sell most: above the line is dear for its quality",
        "Share of customers who would choose each offer of a market",
        "Profit a year when all prices move to target: what changes it",
        "Bands as assumed",
        "What our quality is worth (pale) and what we charge",
        "Price sensitivity: share of respondents to whom a price is ...",
        "What changed contribution",
        "From list to pocket",
        "What became of each tier",
        "What each scenario changes in contribution",
        "Profit by quadrant",
        "What each decision is about",
        "Value now",
        "Lift by decile of likeness",
        "Alerts by kind",
        "Readiness",
        "What acting on the decisions brings",
        "Repeat purchases since the split",
        "Purchases made by decile: 1 is expected to buy most",
        "Lifetime value a customer by cohort",
        "Customers who bought again by cohort",
        "Spend today (pale) and where it brings most",
        "The most that each budget can bring",
        "Share kept over satisfaction: as seen",
        "Spend on satisfaction a customer: today (pale) and best",
        "What satisfaction follows from: share of its variance",
        "What a low rating costs (pale) and a high one brings",
        "Net promoter score",
        "Worse without it (pale)",
        "A customer&apos;s ceiling (pale) and what one costs",
        "Spend to keep a customer a year: today (pale) and best",
        "Revenue against the year before: what came",
        "Members&apos; share of sales by tier",
        "Worth of changing one rate by a point",
        "Profit of contacting each decile",
        "Cost (pale) and expected value of each touch-point",
        "Cost to sell (pale) and to serve an order",
        "Orders today (pale) and at the least cost",
        "Share of the way from start to target",
    }


def literal(value):
    if isinstance(value, bool):
        return str(value).upper()
    if value is None:
        return '""'
    return f'"{value}"' if isinstance(value, str) and not value.startswith("#") else str(value)


def calculated(content, office, tmp_path, spoil=None):
    """The self-test's verdicts when its formulas give what Python gives; `spoil` is a function to get wrong."""
    answers = {}
    for name, function in FUNCTIONS.items():
        value = to_json(function.cells(*function.example.args, **function.example.named).value)
        rows = value if isinstance(value, list) else [[value]]
        rows = [row if isinstance(row, list) else [row] for row in rows]
        if name == spoil:
            last = rows[-1][-1]
            rows = [*rows[:-1], [*rows[-1][:-1], last * 1.001 + 0.01 if isinstance(last, float | int) else "wrong"]]
        answers[name] = "{" + ";".join(",".join(map(literal, row)) for row in rows) + "}"
    path = tmp_path / "selftest.xlsx"
    with zipfile.ZipFile(path, "w") as book:
        for name, text in members(content).items():
            if name == "xl/worksheets/sheet1.xml":
                text = re.sub(r"(<f[^>]*>)(CVM_\w+)\(.*?</f>", lambda m: f"{m[1]}{escaped(answers[m[2]])}</f>", text)
            book.writestr(name, text)
    result = office(path, "csv")
    with result.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    said = {"TRUE": True, "1": True}  # an array formula's TRUE is 1 in LibreOffice's CSV
    return said.get(rows[2][1], False), {row[0]: said.get(row[1], False) for row in rows[4:] if row[0][:4] == "CVM_"}


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.fixture(scope="module")
def selftest(tmp_path_factory):
    return build_all(tmp_path_factory.mktemp("built"), FUNCTIONS)[-1].read_bytes()


def test_the_self_test_claims_nothing_before_it_is_calculated(selftest):
    sheet = openpyxl.load_workbook(io.BytesIO(selftest), data_only=True).active
    assert sheet["B3"].value == "not calculated"
    assert {cell.value for cell in sheet["B"][4:] if cell.value is not None} == {"not calculated"}
    assert all(cell.value in (None, "") for cell in sheet["D"][4:])
    assert [cell.value for cell in sheet["A"][4:] if cell.value] == list(FUNCTIONS)


def test_the_self_test_agrees_with_the_catalogue_and_notices_a_wrong_result(selftest, office, tmp_path):
    overall, verdicts = calculated(selftest, office, tmp_path)
    assert [name for name, agrees in verdicts.items() if not agrees] == []
    assert overall
    assert list(verdicts) == list(FUNCTIONS)
    overall, verdicts = calculated(selftest, office, tmp_path, spoil="CVM_EVC")
    assert not overall
    assert [name for name, agrees in verdicts.items() if not agrees] == ["CVM_EVC"]


def test_the_committed_workbooks_are_what_the_code_builds(tmp_path):
    for built in build_all(tmp_path, FUNCTIONS):
        committed = Path(__file__).parents[2] / "workbooks" / built.name
        # Compared member by member: compressed bytes depend on the zlib that Python was built with.
        assert members(committed.read_bytes()) == members(built.read_bytes()), (
            f"{built.name}: python workbooks/build.py"
        )


# --- the workbook teaches --------------------------------------------------------------------------------------------


def states(package):
    """What Start shows: the line of state, and rows by table."""
    content = io.BytesIO()
    package.write(content)
    book = openpyxl.load_workbook(content, data_only=True)
    sheet = book["Start"]
    return sheet["A3"].value, {sheet.cell(r, 2).value: sheet.cell(r, 3).value for r in range(12, 50)}


def test_start_says_how_far_one_is_and_what_is_next():
    package = Package(new_book("full", FUNCTIONS))
    assert states(package)[0] == "0 of 5 tables filled, next: Sales"
    start.follow_tables(package, {"Sales": 40, "Customers": 7, "Surveys": 3})
    said, rows = states(package)
    assert said == "2 of 5 tables filled, next: CostPools"
    assert (rows["Sales"], rows["Surveys"], rows["Segments"]) == (40, 3, 0)
    start.follow_tables(package, {"CostPools": 5, "Segments": 4, "Products": 9})
    assert states(package)[0] == "5 of 5 tables filled; refresh after each change"


def test_what_start_stores_is_what_its_formulas_give(tmp_path, office):
    package = Package(new_book("starter", FUNCTIONS))
    fill(package, "Sales", {"Date": np.array(["2025-01-01", "2025-01-02"], dtype="datetime64[D]")})
    start.follow_tables(package, {"Sales": 1, "CostPools": 99})  # wrong on purpose: LibreOffice calculates anew
    path = tmp_path / "book.xlsx"
    package.save(path)
    said, rows = states(Package.open(office(path, "xlsx")))
    assert said == "1 of 2 tables filled, next: CostPools"
    assert (rows["Sales"], rows["CostPools"]) == (2, 0)


def test_each_example_of_help_has_its_figure_and_calculates_when_asked(full):
    sheet = full["Help"]
    assert sheet["B3"].value is False
    for row, function in enumerate(FUNCTIONS.values(), 5):
        formula = sheet.cell(row, 6).value.text
        assert formula.startswith("=IF($B$3,IFERROR(")
        assert function.name in formula
        assert len(formula) < 8192


def test_charts_say_what_they_show_to_those_who_do_not_see_them():
    content = donor(OUTPUTS, spread={"SegmentPnL": ["Picking"]})
    frames = [
        tag for name, text in members(content).items() if "drawings/drawing" in name for tag in FRAME.findall(text)
    ]
    assert len(frames) > 30
    assert all('descr="Chart: ' in tag and "untitled" not in tag for tag in frames)


def test_verdicts_that_warn_look_alike(outputs):
    for table, header in sheets.WARNINGS:
        sheet, found = tables_of(outputs)[table]
        column = next(cell.column_letter for cell in sheet[found.ref][0] if cell.value == header)
        looks = [
            rule.dxf.font
            for area in sheet.conditional_formatting
            for rule in area.rules
            if f"{column}" in str(area.sqref) and rule.dxf is not None and rule.dxf.font is not None and rule.dxf.font.b
        ]
        assert looks, (table, header)
        assert looks[0].color.rgb == "FFD55E00"


def test_what_is_left_after_each_layer_of_pools_is_red_when_negative():
    left = [*SUBTOTALS.values(), "Contribution"]
    looks = [style.number_format(schema.Column(name, "money", ""), "output", 2) for name in left]
    assert looks == ["#,##0.00;[Red]-#,##0.00"] * len(left)
    assert style.number_format(schema.Column("Picking", "money", ""), "output", 2) == "#,##0.00"


def test_a_year_is_shown_as_it_is_typed(full):
    sheet, _ = tables_of(full)["Sources"]
    period = next(cell for cell in sheet[4] if cell.value == "Period")
    assert sheet.cell(5, period.column).number_format == "0"


def test_values_of_settings_stand_below_each_other_and_long_meanings_have_two_lines(full):
    sheet, found = tables_of(full)["Settings"]
    rows = {row[0].value: row for row in sheet[found.ref][1:]}
    assert {row[1].alignment.indent for row in rows.values()} == {1}
    assert sheet.row_dimensions[rows["P&L by"][0].row].height > 25
    assert sheet.row_dimensions[rows["Company"][0].row].height is None
