"""Sources of a workbook from somebody else, and what others might see of ours: queries, passwords, half a file."""

from __future__ import annotations

import hashlib
import re
import shutil

import pytest
from elsewhere import SECRET
from python_calamine import CalamineWorkbook

from cvm_xl.data.connect import connected, locate, opened
from cvm_xl.data.faults import speaking
from cvm_xl.data.targets import destination, writing
from cvm_xl.errors import BookError
from cvm_xl.intake.elsewhere import Given
from cvm_xl.report import Wanted, report

pytest.importorskip("ibis")
pyarrow = pytest.importorskip("pyarrow")


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("SELECT * FROM sales; COPY (SELECT 1) TO '{}'", "several statements"),
        ("SELECT * FROM read_text('{}')", "its own database alone"),
        ("SELECT * FROM read_csv('http://example.invalid/x.csv')", "its own database alone"),
        ("SELECT * FROM sales WHERE customer IN (SELECT content FROM read_blob('{}'))", "its own database alone"),
    ],
)
def test_a_query_of_a_workbook_reads_its_database_and_nothing_else(tmp_path, relation, words):
    """The workbook may come from somebody else: no file, no web, nothing written."""
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE sales AS SELECT 'A' AS customer, 1.0 AS net_revenue")
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    location = locate(str(tmp_path / "shop.duckdb"), relation.format(secret))
    backend = connected(location)
    with pytest.raises(BookError, match=words) as caught:
        opened(location, backend).rows()
    backend.disconnect()
    assert SECRET not in str(caught.value)
    assert secret.read_text() == SECRET
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.txt", "shop.duckdb"]


def test_a_folder_for_what_does_not_fit_into_memory_may_have_any_name(tmp_path):
    """The folder of temporary files bears the user's name; a database that reads nothing else writes there, too."""
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE sales AS SELECT md5(range::VARCHAR) AS customer FROM range(1_000_000)")
    spill = tmp_path / "O'Brien"
    backend = connected(locate(str(tmp_path / "shop.duckdb"), "sales"), spill)
    backend.raw_sql("SET memory_limit = '40MB'")
    backend.raw_sql("CREATE TEMP TABLE sorted AS SELECT * FROM sales ORDER BY customer")
    assert list(spill.iterdir())
    backend.disconnect()


@pytest.mark.parametrize(
    "said",
    [
        "cannot log in by postgresql://analyst:{}@host/shop",
        "tried {} for analyst",
        "conninfo: host=x password={} user=analyst",
        "https://store/?token={}&x=1",
    ],
)
def test_what_a_driver_says_of_a_password_is_masked(monkeypatch, said):
    """Whether it is one of ours or one that only the driver knows."""
    import psycopg

    for known in (True, False):
        monkeypatch.setenv("SHOP_PASSWORD", SECRET if known else "another")
        location = locate("postgresql://analyst:${SHOP_PASSWORD}@host/shop#lines")
        if not known and said.startswith("tried"):
            continue  # nothing tells that this is one
        with pytest.raises(BookError) as caught, speaking(location):
            raise psycopg.OperationalError(said.format(SECRET))
        assert "***" in str(caught.value)
        assert SECRET not in str(caught.value)


def test_a_score_that_was_killed_leaves_nothing_that_stays(tmp_path):
    """What it was writing bears the name of all our temporary files, which later runs remove."""
    with writing(destination(str(tmp_path / "scored.parquet"))) as write:
        write(pyarrow.table({"a": [1]}))
        (name,) = [path.name for path in tmp_path.iterdir()]
    assert re.fullmatch(r"\.cvm-xl-\w+\.tmp", name)
    assert [path.name for path in tmp_path.iterdir()] == ["scored.parquet"]


def test_a_report_says_where_tables_lie_and_what_their_files_held(folder, tmp_path):
    for name in ("few.xlsx", "sales.parquet"):
        shutil.copy(folder / name, tmp_path)
    asked = [Given("Sales", "sales.parquet")]
    done = report(tmp_path / "few.xlsx", tmp_path / "report.xlsx", Wanted(only=("tiers",), sources=asked))
    rows = CalamineWorkbook.from_path(done.written[0]).get_sheet_by_name("Record").to_python()
    told = {row[0]: row[1] for row in rows}
    whole = hashlib.sha256((tmp_path / "sales.parquet").read_bytes()).hexdigest()
    assert told["Source of Sales"] == f"sales.parquet, SHA-256 {whole[:16]}"
    one, *_, all_of_them = (locate(str(folder / name)).fingerprint for name in ("parts/0.parquet", "parts"))
    assert len({one, all_of_them}) == 2
    gone = locate(str(tmp_path / "sales.parquet"))
    (tmp_path / "sales.parquet").unlink()
    with pytest.raises(BookError, match="cannot be read again"):
        gone.fingerprint  # noqa: B018
    assert locate("postgresql://analyst@host/shop#lines").fingerprint == ""  # it may have other rows tomorrow
