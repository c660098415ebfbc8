"""Cost to serve: the rules of CostPools, and that no cent is lost or made on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from answers.books import book, by, read, rows
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cvm_xl.answers.checks import checks
from cvm_xl.answers.dimensions import dimension
from cvm_xl.answers.pnl import segment_pnl
from cvm_xl.check import check
from cvm_xl.errors import BookError

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
DAY = np.datetime64("2024-01-05", "s")
SALES = rows(
    "date customer product channel quantity net_revenue cost_of_goods order",
    (DAY, "a", "p", "Web", 2, 100.0, 40.0, "1"),
    (DAY, "a", "q", "Web", 1, 50.0, 20.0, "1"),
    (DAY, "b", "p", "Phone", 4, 200.0, 80.0, "2"),
    (DAY, "b", "p", "Web", -1, -50.0, -20.0, "3"),
    (DAY, "c", "q", "Phone", 1, 50.0, 20.0, "4"),
)
CUSTOMERS = rows("customer segment Region", ("a", "Labs", "N"), ("b", "Labs", "S"), ("c", "Farms", "N"))


def of(pools, dimension="Customer", **more):
    tables = {"Sales": SALES, "Customers": CUSTOMERS, "CostPools": pools} | more.pop("tables", {})
    found, shared = read(book(**tables), **more)
    return by(found, shared, found.dimensions[dimension]), found, shared


# --- rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ("Channel = Web", [2, 1, 0]),
        ("channel <> web", [0, 1, 1]),
        ("Channel = Phone, Web", [2, 2, 1]),
        ("Segment = Labs; Channel = Phone", [0, 1, 0]),
        ("Region = N", [2, 0, 1]),
        ("Quantity < 0", [0, 1, 0]),
        ("Net revenue >= 100", [1, 1, 0]),
        ("Product kind = product", [2, 2, 1]),
        ("Month = 2024-01", [2, 2, 1]),
    ],
)
def test_a_filter_says_which_lines_take_part(limits, wanted):
    table, _, _ = of(rows("pool amount driver filter", ("X", 100.0 * sum(wanted), "lines", limits)))
    assert list(table["X"][:3]) == [100.0 * n for n in wanted]


def test_rows_without_an_amount_weigh_further_drivers():
    pools = rows(
        "pool amount driver filter weight",
        ("Calls", 700.0, "orders", "Channel = Web", 1),
        ("Calls", None, "orders", "Channel = Phone", 2.5),
    )
    table, _, shared = of(pools)
    assert len(shared.pools[0].rules) == 1
    assert list(table["Calls"][:3]) == [100.0, 350.0, 250.0]


def test_another_pools_result_is_a_driver():
    pools = rows(
        "pool amount driver", ("Insurance", 30.0, "pool: delivery"), ("Delivery", 300.0, "orders"),
        ("Tax", 3.0, "pool: Insurance"),
    )  # fmt: skip
    table, _, _ = of(pools)
    assert np.allclose(table["Insurance"], table["Delivery"] / 10, atol=0.01)
    assert np.allclose(table["Tax"], table["Delivery"] / 100, atol=0.01)


def test_pools_that_follow_one_another_are_refused_and_reported():
    pools = rows("pool amount driver", ("A", 30.0, "pool: B"), ("B", 300.0, "pool: A"))
    with pytest.raises(BookError, match="drivers of one another"):
        of(pools)
    found = check(book(Sales=SALES, CostPools=pools))
    assert [p.message for p in found if p.level == "error"] == [
        "the pools are drivers of one another, so neither can be shared first"
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("X", 1, "lines", "Chanel = Web"), "nothing is called Chanel. Did you mean 'Channel'?"),
        (("X", 1, "lines", "Country = UK"), "nothing is called Country. There are: "),
        (("X", 1, "lines", "Channel = Webb"), "no Channel is called webb. Did you mean 'Web'?"),
        (("X", 1, "lines", "Web"), "is no condition"),
        (("X", 1, "lines", "Quantity > many"), "compared with what is no number"),
        (("X", 1, "lines", "Tier = Top"), "tiers follow from costs"),
        (("X", 1, "pool: Y", None), "there is no pool of this name"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_an_error_with_its_remedy(row, words):
    given = book(Sales=SALES, CostPools=rows("pool amount driver filter", row))
    [problem] = [p for p in check(given) if p.level == "error"]
    assert words in f"{problem.message}. {problem.remedy}"
    assert problem.place.row == 5


def test_costs_that_no_one_causes_stay_at_company_level_and_without_driver_unallocated():
    pools = rows(
        "pool amount level driver", ("Board", 10.0, "company", None), ("X", 20.0, "customer", "nothing"),
        ("Returns", 5.0, "line", "returns"),
    )  # fmt: skip
    _, found, shared = of(pools)
    pnl = segment_pnl(found, shared)
    mine = pnl[pnl["Dimension"] == "Segment"].set_index("Item")
    assert mine.loc["Company level", "Board"] == -10
    assert mine.loc["Unallocated", "X"] == -20
    assert mine.loc["Labs", "Returns"] == -5


# --- services ----------------------------------------------------------------------------------------------------

SERVICES = rows(
    "account pool amount", ("1", "HR", 80_000.0), ("2", "DP", 120_000.0), ("3", "RM", 40_000.0), ("4", "Mach", 0.0),
    ("5", "Assy", 0.0),
)  # fmt: skip
USAGE = rows(
    "service user share",
    ("HR", "DP", 0.2), ("HR", "RM", 0.1), ("HR", "Mach", 0.4), ("HR", "Assy", 0.3),
    ("DP", "HR", 0.08), ("DP", "RM", 0.07), ("DP", "Mach", 0.3), ("DP", "Assy", 0.55),
    ("RM", "Mach", 0.5), ("RM", "Assy", 0.5),
)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "mach", "assy"),
    [("reciprocal", 107_276.42, 132_723.58), ("step", 105_521.74, 134_478.26), ("direct", 108_067.23, 131_932.77)],
)
def test_service_departments_by_the_textbook(method, mach, assy):
    _, _, shared = of(SERVICES, tables={"ServiceUsage": USAGE}, service_method=method)
    assert {pool.name: pool.amount for pool in shared.pools} == {"Mach": mach, "Assy": assy}
    for account, ledger in (("1", 80_000), ("2", 120_000), ("3", 40_000)):
        parts = [s.amount for p in shared.pools for r in p.rules for s in r.sources if s.account == account]
        assert round(sum(parts), 2) == ledger
        assert min(parts) >= 0


@settings(max_examples=25, deadline=None, phases=QUICK)
@given(
    st.lists(st.integers(0, 10**7), min_size=3, max_size=3),
    st.lists(st.integers(1, 9), min_size=12, max_size=12),
)
def test_reciprocal_is_the_limit_of_redistributing_again_and_again(cents, weights):
    names = ["S1", "S2", "S3", "O1", "O2"]
    shares = np.array(weights, dtype=float).reshape(3, 4)
    shares /= shares.sum(axis=1, keepdims=True)
    matrix = np.zeros((5, 5))
    for i in range(3):
        matrix[i, [j for j in range(5) if j != i]] = shares[i]
    matrix[3, 3] = matrix[4, 4] = 1.0
    held = np.array([*cents, 0, 0]) / 100
    limit = held @ np.linalg.matrix_power(matrix, 400)
    usage = rows(
        "service user share", *((names[i], names[j], matrix[i, j]) for i in range(3) for j in range(5) if i != j)
    )
    pools = rows("pool amount", *zip(names, [c / 100 for c in cents] + [0.0, 0.0], strict=True))
    _, _, shared = of(pools, tables={"ServiceUsage": usage})
    assert [pool.amount for pool in shared.pools] == pytest.approx(list(limit[3:]), abs=0.0101)


# --- time --------------------------------------------------------------------------------------------------------


def test_time_driven_costs_by_the_textbook():
    """Kaplan & Anderson 2004: the volumes as drivers of three customers."""
    drivers = rows(
        "driver object volume", ("orders taken", "a", 49_000.0), ("inquiries", "b", 1_400.0), ("checks", "c", 2_500.0)
    )
    activities = rows(
        "pool activity driver level unit_time capacity",
        ("Service", "Orders", "orders taken", "customer", 8, 700_000),
        ("Service", "Inquiries", "inquiries", "customer", 44, None),
        ("Service", "Credit checks", "checks", "customer", 50, None),
    )
    table, found, shared = of(
        rows("pool amount", ("Service", 560_000.0)), tables={"Drivers": drivers, "Activities": activities}
    )
    assert list(table["Service"][:3]) == [313_600, 49_280, 100_000]
    assert shared.unused[0] == 97_120
    pnl = segment_pnl(found, shared)
    assert pnl.loc[(pnl["Dimension"] == "Segment") & (pnl["Item"] == "Unused capacity"), "Service"].item() == -97_120


def test_a_time_equation_adds_terms_and_overuse_is_negative_and_said():
    activities = rows(
        "pool activity driver filter unit_time capacity",
        ("Desk", "Take an order", "orders", None, 5, 20),
        ("Desk", "Type a line", "lines", "Channel = Phone", 4, None),
    )
    table, found, shared = of(rows("pool amount", ("Desk", 200.0)), tables={"Activities": activities})
    # minutes: a 1 order; b 2 orders and a phone line; c 1 order and a phone line; 28 of 20
    assert list(table["Desk"][:3]) == [50.0, 140.0, 90.0]
    assert shared.unused[0] == -80.0
    assert any("more time" in note for note in found.notes)


# --- conservation ------------------------------------------------------------------------------------------------

AMOUNTS = st.decimals(-(10**7), 10**7, places=3, allow_nan=False).map(float)
DRIVERS = st.sampled_from(
    ["lines", "orders", "returns", "quantity", "net revenue", "equal", "calls", "nothing", "pool: P0"]
)
LEVEL = st.sampled_from(["line", "order", "customer", "product", "segment", "channel", "company"])
FILTERS = st.sampled_from([None, "Channel = Web", "Segment = Labs", "Quantity > 1", "Region = Nowhere"])
LAYER = st.sampled_from([None, "pocket", "serve", "relationship", "company"])


@st.composite
def companies(draw):
    n = draw(st.integers(1, 25))
    pick = lambda options: draw(st.lists(st.sampled_from(options), min_size=n, max_size=n))  # noqa: E731
    sales = pd.DataFrame(
        {
            "date": [DAY] * n,
            "customer": pick(["a", "b", "c", "d", None]),
            "product": pick(["p", "q", "r", None]),
            "channel": pick(["Web", "Phone"]),
            "quantity": draw(st.lists(st.integers(-3, 9), min_size=n, max_size=n)),
            "net_revenue": draw(st.lists(AMOUNTS, min_size=n, max_size=n)),
            "order": pick(["1", "2", "3", "4", None]),
        }
    )
    k = draw(st.integers(1, 6))
    pools = pd.DataFrame(
        {
            "account": draw(st.lists(st.sampled_from(["10", "11", None]), min_size=k, max_size=k)),
            "pool": [f"P{i}" for i in range(k)],
            "amount": draw(st.lists(AMOUNTS, min_size=k, max_size=k)),
            "level": draw(st.lists(LEVEL, min_size=k, max_size=k)),
            "driver": ["lines", *draw(st.lists(DRIVERS, min_size=k - 1, max_size=k - 1))],
            "filter": draw(st.lists(FILTERS, min_size=k, max_size=k)),
            "layer": draw(st.lists(LAYER, min_size=k, max_size=k)),
        }
    )
    calls = rows("driver object volume", *(("calls", key, draw(st.floats(0, 1e6))) for key in "abez"))
    return {"Sales": sales, "CostPools": pools, "Drivers": calls, "Customers": CUSTOMERS}


BY = "Region; Month; Cohort; Cross-sell; Segment x Channel; Product x Channel; Channel x Product x Region"


@settings(max_examples=60, deadline=None, phases=QUICK)
@given(companies(), st.sampled_from([0, 2, 3]))
def test_every_dimension_has_the_same_total_and_every_check_is_zero(tables, decimals):
    found, shared = read(book(**tables), decimals=decimals, p_l_by=BY)
    pnl = segment_pnl(found, shared)
    unit = 10.0**-decimals
    totals = pnl.groupby("Dimension").sum(numeric_only=True)
    assert np.allclose(totals, totals.loc["Total"], rtol=0, atol=unit / 10)
    table = checks(found, shared, {"SegmentPnL": pnl})
    pools = table[table["Check"].str.contains("pool|Pool|Account")]
    assert (pools["Difference"] == 0).all(), pools[pools["Difference"] != 0]
    for name in ("Segment x Channel", "Product x Channel"):
        split = dimension(found, name)
        inside = np.zeros((len(split.first.items), len(shared.pools)))
        np.add.at(inside, split.within, shared.of(split)[:-1])
        assert np.allclose(inside, shared.of(split.first), rtol=0, atol=unit / 10)


@settings(max_examples=30, deadline=None, phases=QUICK)
@given(companies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(tables, random):
    shuffled = {}
    for name, frame in tables.items():
        places = list(range(len(frame)))
        random.shuffle(places)
        shuffled[name] = frame if name == "CostPools" else frame.iloc[places].reset_index(drop=True)
    found, shared = read(book(**tables))
    again, other = read(book(**shuffled))
    for name in ("Customer", "Product", "Channel"):
        left = by(found, shared, found.dimensions[name])
        right = by(again, other, again.dimensions[name])
        assert list(left.index) == list(right.index)
        assert np.allclose(left, right, rtol=0, atol=1e-9)


@settings(max_examples=30, deadline=None, phases=QUICK)
@given(companies(), st.data())
def test_splitting_a_customer_splits_the_cost_to_within_a_cent_a_pool(tables, data):
    """Of rules that follow the lines; what is measured per customer would have to be measured anew."""
    tables["CostPools"]["level"] = "line"
    tables["CostPools"]["driver"] = data.draw(
        st.lists(st.sampled_from(["lines", "quantity", "net revenue"]), min_size=len(tables["CostPools"]),
                 max_size=len(tables["CostPools"]))
    )  # fmt: skip
    tables["CostPools"]["filter"] = None
    sales = tables["Sales"]
    second = data.draw(st.lists(st.booleans(), min_size=len(sales), max_size=len(sales)))
    split = sales.assign(
        customer=["a2" if c == "a" and there else c for c, there in zip(sales["customer"], second, strict=True)],
        order=[str(i) for i in range(len(sales))],
    )
    found, shared = read(book(**tables))
    again, other = read(book(**tables | {"Sales": split}))
    left, right = by(found, shared, found.dimensions["Customer"]), by(again, other, again.dimensions["Customer"])
    if "a" not in left.index:
        return
    parts = right.loc[[name for name in ("a", "a2") if name in right.index]].sum()
    assert (np.abs(parts - left.loc["a"]) <= 0.0101).all()
