"""Sales outside the workbook: awkward ones, a server for them, and what they are to give."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvm_xl.answers import QUESTIONS, answer
from cvm_xl.book.read import read_book
from cvm_xl.book.settings import settings as read_settings
from cvm_xl.check import check
from cvm_xl.intake.elsewhere import Given, with_sources

SUMMED = ("tiers", "pnl", "clv")
SECRET = "hunter2-s3cret"


def missing(what: str) -> None:
    """Skip where it is not installed; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; it must not be in CI")
    pytest.skip(f"{what} is missing; make test installs it")


def awkward(sales: pd.DataFrame) -> pd.DataFrame:
    """Sales with what real data have: nulls everywhere, duplicates, unicode, ties of a cent, lines of no order."""
    sales = sales.iloc[::2].reset_index(drop=True)
    rng = np.random.default_rng(1)
    for name, share in (("customer", 0.02), ("channel", 0.05), ("touch_point", 0.3), ("order", 0.1), ("product", 0.02)):
        sales.loc[rng.random(len(sales)) < share, name] = None
    sales.loc[rng.random(len(sales)) < 0.1, "cost_of_goods"] = np.nan
    sales.loc[rng.random(len(sales)) < 0.2, "net_revenue"] = np.nan
    sales.loc[sales["channel"] == "Phone", "channel"] = "Télé ☎ Ω"
    more = pd.DataFrame(
        {
            "date": sales["date"].iloc[0],
            "customer": ["Größe & Söhne", "Größe & Söhne", "Ω-42", "Ω-42"],
            "product": [sales["product"].dropna().iloc[0], None, None, "NEU"],
            "quantity": [1.0, -1.0, np.nan, 3.0],
            "list_price": [1.005, 1.005, np.nan, 0.335],  # a half cent that is none in binary
            "net_revenue": [np.nan, np.nan, 2.675, np.nan],
            "order": ["O'Brien\\", "O'Brien\\", None, None],
        }
    )
    return pd.concat([sales, sales.tail(20), more], ignore_index=True)


def chosen(book):
    """Settings that split and trace by everything there is; in the smaller workbook by little."""
    given = read_settings(book)
    if book.path.name == "few.xlsx":
        further = "WhiteSpace; Expansion; ChannelCosts"
        return given | {"p_l_by": "Month; Segment x Channel", "further_tables": further, "trace": None, "compare": None}
    further = f"{given['further_tables']}; Potential; WhiteSpace; Expansion; Transitions; ChannelCosts"
    split = "Month; Customer; Segment x Channel; Product x Channel; Region; Cohort; Tier x Kind"
    return given | {"p_l_by": split, "further_tables": further}


def answered(folder, *given: Given, limit: int = 0, name: str = "book.xlsx", questions=QUESTIONS):
    with with_sources(read_book(folder / name), given, limit=limit) as book:
        errors = [problem for problem in check(book) if problem.level == "error"]
        assert not errors, errors
        return answer(book, chosen(book), questions)


LINES_NEEDED = {"ScenarioTotals"}
"""What goes with a table that is left out."""


def same(found, oracle) -> None:
    """Every table of one is in the other and equal: money to the cent, the rest to what sums of floats allow."""
    asked = {name for name in oracle.tables if name not in found.left_out}
    assert asked >= {"Tiers", "Whale", "SegmentPnL", "Lifetime", "Checks", "ByTier", "PocketPrice"}
    for name in asked:
        if any(name in left for left in (found.left_out, *found.left_out.values())):
            continue
        if name in LINES_NEEDED:
            continue
        mine, theirs = found.tables[name], oracle.tables[name]
        if name == "Checks":
            assert (mine["Status"] == "OK").all(), mine[mine["Status"] != "OK"]
            both = mine.merge(theirs, on="Check")
            assert len(both) > 30
            mine, theirs = both.iloc[:, :3], theirs.set_index("Check").loc[both["Check"]].reset_index().iloc[:, :3]
            theirs.columns = mine.columns
        if name in ("Headlines", "Model"):
            continue
        pd.testing.assert_frame_equal(mine, theirs, check_dtype=False, rtol=1e-7, atol=1e-6, obj=name)
        for column in theirs.select_dtypes("number"):
            if name in ("Tiers", "SegmentPnL", "PocketPrice"):
                assert (mine[column].fillna(0) * 100).round().equals((theirs[column].fillna(0) * 100).round()), column


@dataclasses.dataclass
class Server:
    folder: Path
    port: int
    user: list[str]
    bin: str

    @property
    def url(self) -> str:
        return f"postgresql://analyst@127.0.0.1:{self.port}/postgres"

    def control(self, *words: str) -> None:
        command = [*self.user, f"{self.bin}/pg_ctl", "-D", str(self.folder / "data"), "-w", *words]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        self.control("-l", str(self.folder / "log"), "-o", options, "start")


def fill(server: Server, sales: pd.DataFrame) -> None:
    import psycopg

    types = {"date": "timestamptz", "net_revenue": "numeric(18, 6)", "cost_of_goods": "numeric(18, 6)"}
    types |= dict.fromkeys(("quantity", "list_price", "discount"), "double precision")
    columns = ", ".join(f'"{name}" {types.get(name, "text")}' for name in sales)
    with psycopg.connect(server.url, password=SECRET) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA shop; CREATE TABLE shop.lines ({columns})")
        with cursor.copy(
            f"COPY shop.lines ({', '.join(map(repr, sales)).replace(chr(39), chr(34))}) FROM STDIN"
        ) as copy:
            for row in sales.astype(object).where(sales.notna(), None).itertuples(index=False):
                copy.write_row([v.tz_localize("UTC").isoformat() if isinstance(v, pd.Timestamp) else v for v in row])


def lake(folder) -> str:
    return f"SELECT * FROM parquet.`{folder / 'sales.parquet'}`"
