"""Scores of any number of customers: as Lifetime and Tiers have them, whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from elsewhere import SECRET

from cvm_xl.cli import main
from cvm_xl.errors import BookError
from cvm_xl.refresh import refresh

pytest.importorskip("ibis")


@pytest.fixture
def scored(folder, tmp_path):
    """A refreshed workbook, its sales, and the scores in a Parquet file."""
    refresh(folder / "few.xlsx", tmp_path / "book.xlsx", only=("pnl",))
    shutil.copy(folder / "sales.parquet", tmp_path)
    return tmp_path


def score_into(folder, target, sales="sales.parquet") -> int:
    return main(["score", str(folder / "book.xlsx"), "-o", str(target), "--source", f"Sales={sales}"])


def test_score_values_customers_as_lifetime_does(folder, oracle, tmp_path, capsys):
    out = tmp_path / "scored.parquet"
    shutil.copytree(folder / "parts", tmp_path / "parts")
    refresh(folder / "book.xlsx", tmp_path / "book.xlsx", only=("pnl", "clv"))
    assert main(["score", str(tmp_path / "book.xlsx"), "-o", str(out), "--source", "Sales=parts"]) == 0
    assert "customers, lifetime value" in capsys.readouterr().out
    scored = pd.read_parquet(out).set_index("Customer").sort_index()
    life = oracle.tables["Lifetime"].set_index("Customer").sort_index()
    assert list(scored.index) == list(life.index)
    for name in ("Frequency", "Recency", "Age", "Monetary", "Margin", "P(alive)", "Spend", "CLV"):
        np.testing.assert_allclose(scored[name].astype(float), life[name].astype(float), rtol=1e-5, err_msg=name)
    ranked = oracle.tables["Tiers"].set_index("Customer").loc[scored.index]
    assert (scored["Revenue"] - ranked["Revenue"]).abs().max() < 1e-9
    assert (scored["Profit"] - ranked["Profit"]).abs().max() < 0.2  # a cent for each pool, which Tiers rounds
    assert (scored["Tier"] == ranked["Tier"]).mean() > 0.99


def test_score_writes_tables_of_duckdb_and_postgresql(scored, server, monkeypatch, capsys):
    import duckdb
    import psycopg

    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert score_into(scored, scored / "scored.parquet") == 0
    expected = pd.read_parquet(scored / "scored.parquet").sort_values("Customer", ignore_index=True)
    for _ in range(2):  # what stands there is replaced
        assert score_into(scored, f"{scored / 'warehouse.duckdb'}#scores") == 0
        assert score_into(scored, f"{server.url}#shop.scores") == 0
    assert score_into(scored, scored / "from server.parquet", f"{server.url}#shop.lines") == 0
    found = pd.read_parquet(scored / "from server.parquet").sort_values("Customer", ignore_index=True)
    pd.testing.assert_frame_equal(found, expected)
    with duckdb.connect(str(scored / "warehouse.duckdb")) as connection:
        found = connection.sql("FROM scores").df().sort_values("Customer", ignore_index=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    with psycopg.connect(server.url, password=SECRET) as connection:
        cursor = connection.execute("SELECT * FROM shop.scores")
        found = pd.DataFrame(cursor.fetchall(), columns=[c.name for c in cursor.description])
        there = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'shop'").fetchall()
    found = found.sort_values("Customer", ignore_index=True)
    pd.testing.assert_frame_equal(found.fillna(np.nan), expected, check_dtype=False)
    assert {name for (name,) in there} == {"lines", "scores"}
    assert SECRET not in capsys.readouterr().out


def test_a_score_that_fails_leaves_the_tables_as_they_were(scored, server, monkeypatch, capsys):
    import duckdb
    import psycopg

    from cvm_xl.data.connect import Connection

    monkeypatch.setenv("PGPASSWORD", SECRET)
    with duckdb.connect(str(scored / "old.duckdb")) as connection:
        connection.execute("CREATE TABLE scores AS SELECT 42 AS kept")
    with psycopg.connect(server.url, password=SECRET) as connection:
        connection.execute("CREATE TABLE shop.kept AS SELECT 42 AS kept")
    batches = Connection.batches

    def fails(*given):
        yield from batches(*given)
        raise BookError("the power went")

    monkeypatch.setattr(Connection, "batches", fails)
    for target in (f"{scored / 'old.duckdb'}#scores", f"{scored / 'new.duckdb'}#scores", f"{server.url}#shop.kept"):
        assert score_into(scored, target) == 1
    assert "the power went" in capsys.readouterr().err
    assert not list(scored.glob("new.duckdb*"))
    with duckdb.connect(str(scored / "old.duckdb")) as connection:
        assert connection.sql("FROM scores").fetchall() == [(42,)]
    with psycopg.connect(server.url, password=SECRET) as connection:
        assert connection.execute("SELECT * FROM shop.kept").fetchall() == [(42,)]
        connection.execute("DROP TABLE shop.kept")


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("scored.csv", "Parquet, a .duckdb file or PostgreSQL"),
        ("mysql://host/database#scores", "Parquet, a .duckdb file or PostgreSQL"),
        ("scored.duckdb", "says not which table"),
        (f"postgresql://analyst:{SECRET}@host/database#scores", "written out"),
    ],
)
def test_where_no_scores_can_go_says_why(folder, capsys, target, text):
    assert score_into(folder, target) == 1
    said = capsys.readouterr().err
    assert text in said
    assert SECRET not in said


def test_a_full_disk_leaves_what_was_scored_before(folder, tmp_path):
    out = tmp_path / "scored.parquet"
    out.write_bytes(b"what stood there")
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))\n"  # as a full disk: no file grows beyond
        "from cvm_xl.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ["score", str(folder / "book.xlsx"), "-o", str(out), "--source", "Sales=sales.parquet"]
    done = subprocess.run([sys.executable, "-B", "-c", code, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_bytes() == b"what stood there"
    assert [path.name for path in tmp_path.iterdir()] == ["scored.parquet"]
