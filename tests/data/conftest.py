"""The company, its sales in files and on servers, and what a sheet gives of them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from company import company, write
from elsewhere import SECRET, SUMMED, Server, awkward, chosen, fill, missing

from cvm_xl.answers import QUESTIONS, answer
from cvm_xl.book.read import read_book


@pytest.fixture(scope="session")
def inputs():
    tables = company()
    tables["Sales"] = awkward(tables["Sales"])
    return tables


@pytest.fixture(scope="session")
def folder(tmp_path_factory, inputs):
    """The workbook, and its sales beside it as Parquet, CSV, many files, a DuckDB file."""
    import duckdb

    folder = tmp_path_factory.mktemp("sources")
    write(folder / "book.xlsx", inputs)
    kept = ("Settings", "Segments", "Customers", "Products", "Sales", "Drivers", "Channels")
    few = {name: inputs[name] for name in kept if name in inputs}
    pools = [
        ("Delivery", 9000.0, "order", "orders", None, "pocket"),
        ("Returns", 700.0, "line", "returns", None, "serve"),
        ("Calls", 1234.56, "customer", inputs["Drivers"]["driver"].iloc[0], None, "serve"),
        ("Desk", 800.0, "line", "net revenue", "Channel <> Web shop; Quantity > 2", "serve"),
        ("Office", 500.0, "company", "lines", None, "company"),
    ]
    few["CostPools"] = pd.DataFrame(pools, columns=["pool", "amount", "level", "driver", "filter", "layer"])
    write(folder / "few.xlsx", few)
    sales = inputs["Sales"].drop(columns=["currency"])
    sales = sales.astype({c: object for c in sales if sales[c].dtype.kind not in "fM"})
    sales.to_parquet(folder / "sales.parquet")
    sales.rename(columns={"customer": "ClientNo"}).to_csv(folder / "sales.csv", index=False)
    (folder / "parts").mkdir()
    for i, part in enumerate(np.array_split(np.arange(len(sales)), 5)):
        sales.iloc[part].to_parquet(folder / "parts" / f"{i}.parquet")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(f"CREATE SCHEMA shop; CREATE TABLE shop.lines AS FROM '{folder / 'sales.parquet'}'")
        connection.execute("""
            ALTER TABLE shop.lines ALTER net_revenue TYPE DECIMAL(18, 6);
            ALTER TABLE shop.lines ALTER date TYPE TIMESTAMP;
            UPDATE shop.lines SET date = date + INTERVAL 23 HOURS + INTERVAL 59 MINUTES
        """)
    return folder


@pytest.fixture(scope="session")
def oracle(folder):
    """What the same sales give in a sheet."""
    book = read_book(folder / "book.xlsx")
    return answer(book, chosen(book), QUESTIONS)


@pytest.fixture(scope="session")
def few(folder):
    """The same of a workbook with five pools: what a server need not be asked twice."""
    book = read_book(folder / "few.xlsx")
    return answer(book, chosen(book), QUESTIONS)


@pytest.fixture(scope="session")
def fewer(folder):
    """The same without what of prices and growth the expressions on Spark are tested for by themselves."""
    book = read_book(folder / "few.xlsx")
    return answer(book, chosen(book), SUMMED)


@pytest.fixture(scope="session")
def server(tmp_path_factory, inputs, folder):
    """A PostgreSQL server of its own, with a password, the sales in it."""
    pytest.importorskip("psycopg")
    found = shutil.which("initdb") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)
    if found is None:
        missing("PostgreSQL")
    where = Path("/tmp") / f"cvm-xl-pg-{os.getpid()}"  # short: a socket's path has a limit; readable by its user
    where.mkdir(mode=0o755)
    user: list[str] = []
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(where, "nobody")
        user = ["setpriv", "--reuid=nobody", "--clear-groups"]
    (where / "password").write_text(SECRET)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Server(where, port, user, str(Path(found).parent))
    words = ["-D", str(where / "data"), "-U", "analyst", "-A", "scram-sha-256", f"--pwfile={where / 'password'}", "-N"]
    subprocess.run([*user, str(found), *words, "-E", "UTF8", "--no-locale"], check=True, capture_output=True)
    made.start()
    try:
        fill(made, pd.read_parquet(folder / "sales.parquet"))
        yield made
    finally:
        subprocess.run([*user, f"{made.bin}/pg_ctl", "-D", str(where / "data"), "-m", "immediate", "stop"], check=False)
        shutil.rmtree(where, ignore_errors=True)


@pytest.fixture(scope="session")
def spark():
    """One session for all."""
    pytest.importorskip("pyspark") if not os.environ.get("CI") else __import__("pyspark")
    if shutil.which("java") is None:
        missing("Java")
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", shutil.which("python3") or "python3")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        # Few rows and many queries: compiling them would take most of the time.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.adaptive.enabled", "false")
        .getOrCreate()
    )
    yield session
    session.stop()
