"""Sales outside the workbook: DuckDB, PostgreSQL and Spark give what a sheet gives, to the cent, or a clear error."""

from __future__ import annotations

import dataclasses
import datetime
import os
import re
import shutil
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pytest
from company import company, write

from cvm_xl.answers import QUESTIONS, answer
from cvm_xl.book.read import read_book
from cvm_xl.book.settings import settings as read_settings
from cvm_xl.check import check
from cvm_xl.cli import main
from cvm_xl.data.connect import connected, locate, opened
from cvm_xl.data.faults import speaking
from cvm_xl.data.targets import destination, writing
from cvm_xl.errors import BookError
from cvm_xl.intake.elsewhere import Given, with_sources
from cvm_xl.refresh import refresh
from cvm_xl.score import score

pytest.importorskip("ibis")
SUMMED = ("tiers", "pnl", "clv")
SECRET = "hunter2-s3cret"


def missing(what: str) -> None:
    """Skip where it is not installed; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; it must not be in CI")
    pytest.skip(f"{what} is missing; make test installs it")


# --- the company, and where its sales lie ------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def inputs():
    tables = company()
    tables["Sales"] = awkward(tables["Sales"])
    return tables


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def oracle(folder):
    """What the same sales give in a sheet."""
    book = read_book(folder / "book.xlsx")
    return answer(book, chosen(book), QUESTIONS)


@pytest.fixture(scope="module")
def few(folder):
    """The same of a workbook with five pools: what a server need not be asked twice."""
    book = read_book(folder / "few.xlsx")
    return answer(book, chosen(book), QUESTIONS)


@pytest.fixture(scope="module")
def fewer(folder):
    """The same without what of prices and growth the expressions on Spark are tested for by themselves."""
    book = read_book(folder / "few.xlsx")
    return answer(book, chosen(book), SUMMED)


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


LINES_NEEDED = {"ScenarioTotals"}
"""What goes with a table that is left out."""


@pytest.mark.parametrize(
    "given",
    [
        Given("Sales", "sales.parquet"),
        Given("Sales", "parts/*.parquet"),
        Given("Sales", "sales.csv", mapping={"customer": "ClientNo"}),
        Given("Sales", "warehouse.duckdb", "shop.lines"),
        Given("Sales", "warehouse.duckdb", "SELECT * FROM shop.lines"),
    ],
    ids=["parquet", "many files", "csv", "table", "query"],
)
def test_files_give_what_a_sheet_gives(folder, few, given):
    same(answered(folder, given, name="few.xlsx"), few)


def test_all_pools_and_dimensions_give_what_a_sheet_gives(folder, oracle):
    found = answered(folder, Given("Sales", "sales.parquet"))
    same(found, oracle)
    assert len(found.tables["WhiteSpace"]) > 50
    assert set(oracle.tables) - set(found.tables) == {"ScenarioPnL", *LINES_NEEDED}
    assert "one by one" in found.left_out["ScenarioPnL"]  # said, not silent


def test_more_groups_than_fit_are_left_out_or_refused(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("cvm_xl.data.lines.MOST", 60)
    found = answered(folder, Given("Sales", "sales.parquet"), name="few.xlsx")
    with with_sources(read_book(folder / "few.xlsx"), [Given("Sales", "sales.parquet")], limit=0) as book:
        wide = answer(
            book, read_settings(book) | {"p_l_by": "", "further_tables": "Matrix; Portfolio"}, ("tiers", "pnl")
        )
        assert "of product has" not in wide.left_out["Matrix"]
        assert "more than 60 items" in wide.left_out["Matrix"]
        assert "Portfolio" in wide.tables
    assert "Tiers" in found.tables
    monkeypatch.setattr("cvm_xl.data.lines.MOST", 10)
    with pytest.raises(BookError, match=r"customer has more than 10 items with sales.*score values any number"):
        answered(folder, Given("Sales", "sales.parquet"), name="few.xlsx")
    with pytest.raises(
        BookError, match=r"customer has more than 10 items with sales.*no pool use a driver of the table"
    ):
        score(folder / "few.xlsx", tmp_path / "out.parquet", [Given("Sales", "sales.parquet")])
    assert not (tmp_path / "out.parquet").exists()


def test_few_lines_are_read_as_if_they_stood_in_the_sheet(folder, oracle):
    found = answered(folder, Given("Sales", "sales.parquet"), limit=10_000)
    assert set(found.tables) == set(oracle.tables)
    pd.testing.assert_frame_equal(found.tables["SegmentPnL"], oracle.tables["SegmentPnL"], check_dtype=False)


def test_products_that_hardly_anybody_holds_propose_nothing_and_it_is_said(tmp_path):
    who, n = np.arange(250).repeat(3), 750
    rng = np.random.default_rng(7)
    sales = pd.DataFrame(
        {
            "date": np.datetime64("2024-01-01", "s") + rng.integers(0, 360, n).astype("timedelta64[D]"),
            "customer": [f"c{i}" for i in who],
            "product": [f"p{i}" for i in who],
            "quantity": 1.0,
            "net_revenue": (rng.gamma(3.0, 20.0, n) * rng.gamma(2.0, 0.5, 250)[who]).round(2),
        }
    )
    write(tmp_path / "few.xlsx", {"Sales": sales})
    sales.to_parquet(tmp_path / "sales.parquet")
    book = read_book(tmp_path / "few.xlsx")
    sheet = answer(book, chosen(book), ("tiers", "pnl", "clv", "growth"))
    found = answered(
        tmp_path, Given("Sales", "sales.parquet"), name="few.xlsx", questions=("tiers", "pnl", "clv", "growth")
    )
    assert found.left_out == sheet.left_out
    assert "what goes with what they have" in found.left_out["WhiteSpace"]
    assert set(found.tables) == set(sheet.tables) >= {"Lifetime", "Decisions"}
    pd.testing.assert_frame_equal(found.tables["Decisions"], sheet.tables["Decisions"], check_dtype=False, rtol=1e-7)


# --- PostgreSQL --------------------------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
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
        _fill(made, pd.read_parquet(folder / "sales.parquet"))
        yield made
    finally:
        subprocess.run([*user, f"{made.bin}/pg_ctl", "-D", str(where / "data"), "-m", "immediate", "stop"], check=False)
        shutil.rmtree(where, ignore_errors=True)


def _fill(server: Server, sales: pd.DataFrame) -> None:
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


def test_postgresql_gives_what_a_sheet_gives(server, folder, few, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    same(answered(folder, Given("Sales", server.url, "shop.lines"), name="few.xlsx"), few)


def test_a_password_in_a_variable_is_taken(server, folder, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    url = server.url.replace("analyst@", "analyst:${SHOP_PASSWORD}@")
    with with_sources(read_book(folder / "book.xlsx"), [Given("Sales", url, "shop.lines")]) as book:
        assert len(book.tables["Sales"].frame) == len(pd.read_parquet(folder / "sales.parquet"))


def test_a_wrong_password_is_told_and_never_shown(server, folder, monkeypatch, capsys):
    monkeypatch.setenv("PGPASSWORD", "wr0ng-" + SECRET)
    before = (folder / "book.xlsx").read_bytes()
    assert main(["refresh", str(folder / "book.xlsx"), "--source", f"Sales={server.url}#shop.lines"]) == 1
    said = capsys.readouterr()
    assert "does not accept user or password" in said.err
    assert "PGPASSWORD" in said.err
    assert SECRET not in said.err + said.out
    assert (folder / "book.xlsx").read_bytes() == before


def test_a_database_that_goes_away_leaves_the_workbook(server, folder, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    before = (folder / "book.xlsx").read_bytes()

    def stop(what: str, done: int, total: int) -> None:
        if what == "cost to serve":
            server.control("-m", "immediate", "stop")

    given = [Given("Sales", server.url, "shop.lines")]
    monkeypatch.setattr("cvm_xl.intake.elsewhere.SHEET", 0)
    with pytest.raises(BookError, match=r"went away|cannot be reached") as told:
        refresh(folder / "book.xlsx", progress=stop, sources=given)
    server.start()
    assert SECRET not in str(told.value)
    assert (folder / "book.xlsx").read_bytes() == before
    assert not list(folder.glob("*.tmp*"))


# --- Spark -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
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
        .getOrCreate()
    )
    yield session
    session.stop()


def test_spark_gives_what_a_sheet_gives(spark, folder, fewer):
    relation = lake(folder)
    same(answered(folder, Given("Sales", "spark://local[2]", relation), name="few.xlsx", questions=SUMMED), fewer)


# --- the expressions by themselves -------------------------------------------------------------------------------


@pytest.fixture(params=["duckdb", "postgresql", "spark"])
def lines(request, folder, monkeypatch):
    """The lines on each backend, derived, and the same as a frame."""
    from cvm_xl.book import schema
    from cvm_xl.data.connect import connected, locate, opened
    from cvm_xl.data.derived import Money, derived
    from cvm_xl.data.typed import typed
    from cvm_xl.intake.elsewhere import _readings

    monkeypatch.setenv("PGPASSWORD", SECRET)
    if request.param == "duckdb":
        location = locate(str(folder / "sales.parquet"))
    elif request.param == "postgresql":
        location = locate(request.getfixturevalue("server").url, "shop.lines")
    else:
        request.getfixturevalue("spark")
        location = locate("spark://local[2]", f"SELECT * FROM parquet.`{folder / 'sales.parquet'}`")
    connection = opened(location, connected(location))
    table, _ = typed(connection, _readings(connection, schema.table("Sales"), Given("Sales", "")))
    products = pd.DataFrame({"product": ["NEU"], "unit_cost": [0.1]})
    expression = derived(table, Money(products=products))
    return connection, expression, expression.to_pyarrow().to_pandas()


def fetched(expression, *order):
    frame = expression.to_pyarrow().to_pandas()
    return frame.sort_values(list(order)).reset_index(drop=True)


def test_expressions_agree_with_pandas(lines):
    from cvm_xl.data.summaries import allocated, tier_ends
    from cvm_xl.functions.value import CVM_TIER

    _, table, frame = lines
    positive = table.mutate(taken=(table.net_units > 0).ifelse(table.net_units, 0), line=1)
    shared = fetched(allocated(positive, ["channel"], {"taken": 0.25, "line": 100.0}), "channel")
    borne = frame.assign(borne=frame["net_units"].clip(lower=0) * 0.25 + 100.0)
    expected = borne.groupby("channel", dropna=False)["borne"].sum().reindex(shared["channel"])
    assert np.allclose(shared["cost"], expected)

    profit = (table.net_units.sum() - 40_000).cast("int64")  # of some a loss
    people = table.filter(table.customer.notnull()).group_by("customer").agg(profit=profit)
    profits = fetched(people, "customer")["profit"].to_numpy(dtype=float)
    assert (profits < 0).any()
    labels = np.array(["Top", "Middle", "Bottom"], dtype=object)
    for by in ("rank", "profit"):
        ends = fetched(tier_ends(people, [0.2, 0.5, 0.3], by), "tier")
        by_function = np.asarray(CVM_TIER(profits / 100, np.array([0.2, 0.5, 0.3]), labels, by))
        assert ends["tier"].tolist() == [0, 1, 2]
        assert [profits[by_function == label].min() for label in labels] == ends["least"].tolist()


def test_customers_and_products_agree_with_pandas(lines):
    from cvm_xl.answers.source_space import white_space
    from cvm_xl.data.lines import Lines
    from cvm_xl.data.summaries import co_purchases, covered, holdings, orders_by, paid_prices, prices_over_time
    from cvm_xl.functions.growth import CVM_WHITESPACE

    connection, table, frame = lines
    goods = frame[frame["goods"] & frame["customer"].notna() & frame["product"].notna()]
    margin = (goods["net_units"] - goods["cost_units"]).rename("margin")
    each = margin.groupby([goods["customer"], goods["product"]]).agg(["sum", "min"])
    held = (each["sum"] > 0) | ((each["sum"] == 0) & (each["min"] >= 0))
    found = fetched(holdings(table), "customer", "product").set_index(["customer", "product"])
    assert found["worth"].to_dict() == each["sum"].to_dict()
    assert found["held"].to_dict() == held.to_dict()

    baskets = [set(mine.index.get_level_values("product")) for _, mine in held[held].groupby("customer")]
    pairs = fetched(co_purchases(holdings(table).filter(lambda t: t.held)), "product", "other")
    assert len(pairs) > 20
    assert not pairs.duplicated(["product", "other"]).any()
    for row in pairs.itertuples():
        assert row.product < row.other
        assert row.together == sum({row.product, row.other} <= basket for basket in baskets)
    assert pairs["together"].sum() == sum(len(basket) * (len(basket) - 1) // 2 for basket in baskets)

    lacking = white_space(Lines(connection, table), 2, np.array([], dtype=object))
    of = goods.sort_values("product", kind="stable")
    margins = (of["net_units"] - of["cost_units"]).to_numpy(dtype=float) / 100
    expected = CVM_WHITESPACE(*(of[name].to_numpy(dtype=object) for name in ("customer", "product")), margins, 2)
    mine, theirs = (
        pd.DataFrame(d).sort_values("customer", kind="stable", ignore_index=True) for d in (lacking, expected)
    )
    assert len(mine) > 50
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)

    bought = frame[frame["quantity"] > 0]
    orders = fetched(orders_by(table, ["channel"]), "channel").set_index("channel")["orders"]
    assert orders.dropna().to_dict() == bought.groupby("channel", dropna=False)["order_key"].nunique().to_dict()

    some = sorted(goods["product"].unique())[:3]
    known = bought[bought["customer"].notna()]
    sums = known.groupby(["customer", "product"], dropna=False)[["quantity", "net_units"]].sum().reset_index()
    paid = sums["net_units"].clip(lower=0).groupby(sums["customer"]).transform("sum")
    sums = sums.assign(share=sums["net_units"] / paid.where(paid > 0))
    sums = sums[sums["product"].isin(some)].sort_values(["customer", "product"])
    prices = fetched(paid_prices(table, some), "customer", "product")
    assert np.allclose(prices[["units", "net", "share"]].astype(float), sums.iloc[:, 2:].astype(float), equal_nan=True)

    quarters = fetched(prices_over_time(table, some, 3, table.channel == "Web shop"), "product", "period")
    when = bought["date"].to_numpy().astype("datetime64[M]").astype(int) // 3
    mine = bought.assign(when=when, web=(bought["channel"] == "Web shop").astype(float))
    mine = mine[mine["product"].isin(some)].groupby(["product", "when"])
    assert quarters["period"].tolist() == [period for _, period in mine.groups]
    assert np.allclose(quarters["units"], mine["quantity"].sum())
    assert np.allclose(quarters["promotion"], mine["web"].mean())

    shares = fetched(covered(table), "customer").set_index("customer")
    money = frame["net_units"].abs()
    for name, part in {
        "revenue": money,
        "product": money.where(frame["product"].notna(), 0),
        "known": money.where(frame["goods"] & (frame["cost_units"] != 0), 0),
    }.items():
        assert shares[name].equals(part.groupby(frame["customer"], dropna=False).sum().astype("int64")[shares.index])


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


@pytest.fixture
def scored(folder, tmp_path):
    """A refreshed workbook, its sales, and the scores in a Parquet file."""
    refresh(folder / "few.xlsx", tmp_path / "book.xlsx", only=("pnl",))
    shutil.copy(folder / "sales.parquet", tmp_path)
    return tmp_path


def score_into(folder, target, sales="sales.parquet") -> int:
    return main(["score", str(folder / "book.xlsx"), "-o", str(target), "--source", f"Sales={sales}"])


def lake(folder) -> str:
    return f"SELECT * FROM parquet.`{folder / 'sales.parquet'}`"


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


def test_a_score_that_was_killed_leaves_nothing_that_stays(tmp_path):
    """What it was writing bears the name of all our temporary files, which later runs remove."""
    with writing(destination(str(tmp_path / "scored.parquet"))) as write:
        write(pyarrow.table({"a": [1]}))
        (name,) = [path.name for path in tmp_path.iterdir()]
    assert re.fullmatch(r"\.cvm-xl-\w+\.tmp", name)
    assert [path.name for path in tmp_path.iterdir()] == ["scored.parquet"]


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


# --- faults ------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(folder, tmp_path):
    """A copy of the many files to spoil, and the workbook."""
    shutil.copytree(folder / "parts", tmp_path / "parts")
    for name in ("book.xlsx", "few.xlsx"):
        shutil.copy(folder / name, tmp_path / name)
    return tmp_path


def refused(book: Path, source: str, capsys, *more: str) -> str:
    """What a refresh says that fails; the workbook is as it was, and nothing else was written."""
    before, there = book.read_bytes(), sorted(p.name for p in book.parent.iterdir())
    assert main(["refresh", str(book), "--source", f"Sales={source}", *more]) == 1
    assert book.read_bytes() == before
    assert sorted(p.name for p in book.parent.iterdir()) == there
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def test_a_damaged_file_is_named(files, capsys):
    whole = (files / "parts" / "3.parquet").read_bytes()
    (files / "parts" / "3.parquet").write_bytes(whole[: len(whole) // 2])
    said = refused(files / "book.xlsx", "parts/*.parquet", capsys)
    assert "damaged" in said
    assert "3.parquet" in said


def test_bytes_changed_within_a_file_are_an_error_or_change_nothing(files, oracle, capsys):
    path = files / "parts" / "3.parquet"
    spoilt = bytearray(path.read_bytes())
    spoilt[60:160] = bytes(100)
    path.write_bytes(bytes(spoilt))
    assert refused(files / "book.xlsx", "parts/*.parquet", capsys)


def test_a_column_of_another_type_in_one_file_is_named(files, capsys):
    path = files / "parts" / "3.parquet"
    frame = pd.read_parquet(path)
    frame["quantity"] = frame["quantity"].map(lambda value: f"{value} pieces")
    frame.to_parquet(path)
    said = refused(files / "book.xlsx", "parts/*.parquet", capsys)
    assert "another type" in said
    assert "3.parquet" in said


def test_a_column_of_another_but_fitting_type_counts(files, few):
    path = files / "parts" / "3.parquet"
    frame = pd.read_parquet(path)
    frame["list_price"] = frame["list_price"].map(lambda v: None if v != v else Decimal(str(v)))
    frame.to_parquet(path)
    same(answered(files, Given("Sales", "parts/*.parquet"), name="few.xlsx"), few)


def test_texts_among_numbers_are_counted_with_an_example(folder, tmp_path):
    frame = pd.read_csv(folder / "sales.csv", dtype=str)
    frame.loc[[3, 5], "quantity"] = "many"
    frame.to_csv(tmp_path / "sales.csv", index=False)
    shutil.copy(folder / "book.xlsx", tmp_path)
    with with_sources(read_book(tmp_path / "book.xlsx"), [Given("Sales", "sales.csv")], limit=0) as book:
        wrong = [problem for problem in check(book) if problem.level == "error"]
    assert [(p.value, p.place.column) for p in wrong] == [("many", "Quantity of Sales")]
    assert "2 lines" in wrong[0].message


def test_amounts_whose_sum_is_not_exact_are_refused(folder, tmp_path):
    lines = {"date": pd.Timestamp("2024-05-01"), "customer": "A", "quantity": 1.0, "net_revenue": [4.4e13] * 3}
    pd.DataFrame(lines).to_parquet(tmp_path / "sales.parquet")  # each has digits enough for its cents
    shutil.copy(folder / "few.xlsx", tmp_path)
    with with_sources(read_book(tmp_path / "few.xlsx"), [Given("Sales", "sales.parquet")], limit=0) as book:
        said = [problem.message for problem in check(book) if problem.level == "error"]
    assert any("more digits than are exact" in text for text in said), said


@pytest.mark.parametrize("wrong", [float("inf"), float("nan")])
def test_floats_that_are_no_numbers_are_seen(folder, tmp_path, wrong):
    import pyarrow
    import pyarrow.parquet as parquet

    days = pyarrow.array([datetime.date(2024, 5, 1)] * 3)
    given = {"date": days, "customer": ["A"] * 3, "quantity": [1.0, wrong, 2.0], "net_revenue": [5.0, 6.0, None]}
    parquet.write_table(pyarrow.table({**given, "list_price": [5.0] * 3}), tmp_path / "sales.parquet")
    shutil.copy(folder / "few.xlsx", tmp_path)
    with with_sources(read_book(tmp_path / "few.xlsx"), [Given("Sales", "sales.parquet")], limit=0) as book:
        errors = [(p.place.column, p.message) for p in check(book) if p.level == "error"]
        survey = book.sources["Sales"].survey(book, read_settings(book))
    if wrong == wrong:
        assert [column for column, text in errors if "no number" in text] == ["Quantity of Sales"]
    else:  # what is not a number is nothing
        assert not [text for column, text in errors if "number" in text]
        assert survey["net_units"] == 500 + 600 + 1000


def test_a_row_of_a_file_is_called_so(folder, tmp_path):
    frame = pd.read_csv(folder / "sales.csv", dtype=str)
    frame.loc[7, "discount"] = "1.5"
    frame.to_csv(tmp_path / "sales.csv", index=False)
    shutil.copy(folder / "book.xlsx", tmp_path)
    given = Given("Sales", "sales.csv", mapping={"customer": "ClientNo"})
    with with_sources(read_book(tmp_path / "book.xlsx"), [given]) as book:
        wrong = [problem for problem in check(book) if problem.value == 1.5]
    assert str(wrong[0].place) == "sales.csv, table Sales, row 9, column Discount"
    assert wrong[0].as_dict()["source"] == "sales.csv"


def test_start_counts_rows_that_lie_outside(folder, tmp_path, monkeypatch):
    import openpyxl

    monkeypatch.setattr("cvm_xl.intake.elsewhere.SHEET", 100)  # more stay where they are
    lines = len(pd.read_parquet(folder / "sales.parquet"))
    for name in ("few.xlsx", "sales.parquet"):
        shutil.copy(folder / name, tmp_path)
    for _ in range(2):  # it is not added to what was added before
        refresh(tmp_path / "few.xlsx", only=("pnl",), sources=[Given("Sales", "sales.parquet")])
        found = {}
        for data_only in (True, False):
            sheet = openpyxl.load_workbook(tmp_path / "few.xlsx", data_only=data_only)["Start"]
            found[data_only] = {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row}
        at = next(at for at, value in found[False].items() if "COUNTA(Sales[" in str(value))
        assert found[True][at] == lines
        assert str(found[False][at]).endswith(f",0)+{lines}")
    refresh(tmp_path / "few.xlsx", only=("pnl",))
    assert openpyxl.load_workbook(tmp_path / "few.xlsx")["Start"][at].value.endswith(",0)")


def test_csv_of_another_country(folder, few, tmp_path):
    sales = pd.read_parquet(folder / "sales.parquet")
    for name in ("quantity", "list_price", "discount", "net_revenue", "cost_of_goods"):
        sales[name] = sales[name].map(lambda v: "" if v != v else f"{v!r}".replace(".", ","))
    sales["date"] = sales["date"].dt.strftime("%d.%m.%Y")
    names = {"date": "Rechnungsdatum", "customer": "Kundennr", "quantity": "Menge", "net_revenue": "Umsatz"}
    sales.rename(columns=names).to_csv(tmp_path / "sales.csv", index=False, sep=";")
    shutil.copy(folder / "few.xlsx", tmp_path)
    same(answered(tmp_path, Given("Sales", "sales.csv"), name="few.xlsx"), few)


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


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://analyst:{SECRET}@host/database",
        f"postgresql://host/database?user=analyst&password={SECRET}",
        f"sc://host:15002/;token={SECRET}",
    ],
)
def test_a_password_that_is_written_out_is_refused(folder, capsys, url):
    assert main(["refresh", str(folder / "book.xlsx"), "--source", f"Sales={url}#lines"]) == 1
    said = capsys.readouterr().err
    assert "written out" in said
    assert "${VARIABLE}" in said
    assert SECRET not in said
    assert main(["check", str(folder / "book.xlsx"), "--source", f"Sales={url}#lines"]) == 1  # with what else there is
    said = capsys.readouterr().out
    assert "written out" in said
    assert said.splitlines()[-1].endswith("warnings") or said.splitlines()[-1].endswith("warning")
    assert SECRET not in said


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Given("Sales", "nowhere/*.parquet"), "no such file"),
        (Given("Sales", "warehouse.duckdb", "shop.nothing"), "no such table"),
        (Given("Sales", "warehouse.duckdb"), "says not which table"),
        (Given("Sales", "mysql://host/database"), "nothing is known of mysql"),
        (Given("Sales", "postgresql://${NO_SUCH_VARIABLE}@host/database"), "NO_SUCH_VARIABLE is not set"),
        (Given("Sales", "postgresql://analyst@127.0.0.1:1/database", "lines"), "cannot be reached"),
        (Given("Sales", "sales.parquet", mapping={"customer": "ClientNumber"}), "no column 'ClientNumber'"),
        (Given("Settings", "sales.parquet"), "no table that can lie elsewhere"),
    ],
)
def test_what_cannot_be_opened_says_why(folder, given, text):
    book = read_book(folder / "book.xlsx")
    if given.table == "Settings":
        row = {"table": [given.table], "source": [given.source]}
        frame = pd.DataFrame(row).assign(relation=None, mapping=None)
        book.tables["DataSources"] = dataclasses.replace(book.tables["DataSources"], frame=frame, rows=np.array([5]))
        given = Given("Sales", "sales.parquet")
    with pytest.raises(BookError, match=text), with_sources(book, [given]):
        pass
