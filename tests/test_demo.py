"""The demo's company: complete, clean by the schema, and with the story that its reader is told."""

import numpy as np
import pandas as pd
import pytest

from cvm_xl.book import schema
from cvm_xl.demo import company


@pytest.fixture(scope="module")
def data():
    return company()


@pytest.fixture(scope="module")
def profit(data):
    """Profit per customer by a direct allocation: customer pools by their driver, all others by line."""
    sales, pools = data["Sales"], data["CostPools"]
    known = sales[sales["customer"].notna()]
    by_customer = known.groupby("customer")
    result = by_customer["net_revenue"].sum() - by_customer["cost_of_goods"].sum()
    volumes = data["Drivers"].set_index(["driver", "object"])["volume"]
    for pool in pools[pools["level"] != "company"].itertuples():
        if pool.driver == "orders":
            share = by_customer["order"].nunique() / sales["order"].nunique()
        elif pool.driver in ("sales visits", "service calls"):
            share = volumes[pool.driver] / volumes[pool.driver].sum()
        else:
            share = by_customer.size() / len(sales)
        result = result.sub(pool.amount * share.reindex(result.index, fill_value=0))
    return result.sort_values(ascending=False)


def test_same_seed_same_company(data):
    again, other = company(1), company(2)
    for name, frame in data.items():
        pd.testing.assert_frame_equal(frame, again[name])
    assert not data["Sales"].equals(other["Sales"])


def test_sizes(data):
    sizes = {name: len(frame) for name, frame in data.items()}
    assert (sizes["Customers"], sizes["Products"], sizes["Segments"]) == (1500, 40, 4)
    assert (sizes["Channels"], sizes["TouchPoints"], sizes["Offers"], sizes["Surveys"]) == (4, 6, 1200, 600)
    assert 38_000 <= sizes["Sales"] <= 42_000
    assert data["Products"]["kind"].value_counts().to_dict() == {"product": 35, "service": 3, "fee": 1, "adjustment": 1}
    dates = data["Sales"]["date"]
    assert dates.min() >= pd.Timestamp("2024-01-01")
    assert dates.max() <= pd.Timestamp("2025-12-31")
    assert dates.dt.to_period("M").nunique() == 24


@pytest.mark.parametrize("table", [t.name for t in schema.inputs() if t.name != "DataSources"])  # it has all inside
def test_a_strict_check_finds_nothing(data, table):
    declared, frame = schema.table(table), data[table]
    names = [c.name for c in declared]
    assert list(frame.columns[: len(names)]) == names
    assert declared.extras or len(frame.columns) == len(names)
    if declared.key:
        assert not frame.duplicated(list(declared.key)).any()
    for column in declared:
        values = frame[column.name].dropna()
        assert not column.required or len(values) == len(frame), column.name
        if column.lo is not None:
            assert (values >= column.lo).all(), column.name
        if column.hi is not None:
            assert (values <= column.hi).all(), column.name
        if column.kind == "choice":
            assert set(values) <= set(column.choices), column.name
        if column.kind == "money":
            assert np.allclose(values, values.round(2), rtol=0, atol=1e-9), column.name
        if column.refers:
            other = schema.table(column.refers)
            assert set(values) <= set(data[other.name][other.key[-1]]), column.name


def test_pools_have_what_they_are_shared_by(data):
    pools, drivers, usage = data["CostPools"], data["Drivers"], data["ServiceUsage"]
    assert set(pools["level"].dropna()) == set(schema.table("CostPools").column("Level").choices)
    assert (pools["amount"] > 0).all()
    assert np.allclose(usage.groupby("service")["share"].sum(), 1, rtol=0, atol=1e-12)
    keys = {"customer": "Customers", "segment": "Segments", "product": "Products", "channel": "Channels"}
    for pool in pools[pools["driver"].notna()].itertuples():
        if pool.driver not in schema.DRIVERS:
            name = keys.get(pool.level, "TouchPoints")
            objects = drivers.loc[drivers["driver"] == pool.driver, "object"]
            assert len(objects) > 0
            assert set(objects) <= set(data[name].iloc[:, 0])


def test_net_revenue_is_quantity_times_price_less_discount(data):
    s = data["Sales"]
    assert np.abs(s["quantity"] * s["list_price"] * (1 - s["discount"]) - s["net_revenue"]).max() < 0.00501


def test_sales_hold_returns_guests_services_and_fees(data):
    sales = data["Sales"]
    assert 0.01 < (sales["quantity"] < 0).mean() < 0.04
    assert 0.005 < sales["customer"].isna().mean() < 0.02
    kinds = sales["product"].map(data["Products"].set_index("product")["kind"])
    revenue = sales.groupby(kinds)["net_revenue"].sum()
    assert revenue["service"] > 0.03 * revenue.sum()
    assert revenue["fee"] > 0
    assert revenue["adjustment"] < 0


def test_whale_curve(profit):
    total, n = profit.sum(), len(profit)
    assert 1.3 < profit[profit > 0].sum() / total < 2.1
    assert 1.3 < profit.iloc[: n // 5].sum() / total < 2.0
    assert -0.9 < profit.iloc[-n // 10 :].sum() / total < -0.25


def test_company_earns_five_to_twelve_percent(data):
    sales = data["Sales"]
    revenue = sales["net_revenue"].sum()
    assert 0.05 < (revenue - sales["cost_of_goods"].sum() - data["CostPools"]["amount"].sum()) / revenue < 0.12


def test_losers_are_busy_dwarfs_and_giants_with_deep_discounts(data, profit):
    worst = profit.index[-25:]
    known = data["Sales"][data["Sales"]["customer"].isin(worst)]
    by_customer = known.groupby("customer")
    revenue, orders = by_customer["net_revenue"].sum(), by_customer["order"].nunique()
    discount = 1 - revenue / (known["quantity"] * known["list_price"]).groupby(known["customer"]).sum()
    dwarfs, giants = (revenue < 8_000) & (orders > 40), (revenue > 20_000) & (discount > 0.3)
    assert dwarfs.sum() >= 10
    assert giants.sum() >= 3


def test_each_product_with_values_has_offers_to_fit_acceptance_from(data):
    offers = data["Offers"]
    assert set(offers["product"]) == set(data["ValueDrivers"]["product"])
    for _, rows in offers.groupby("product"):
        assert len(rows) >= 30
        y, x = rows["accepted"].to_numpy(float), rows[["price", "satisfaction"]].to_numpy(float)
        slopes = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), y, rcond=None)[0]
        assert slopes[1] < 0 < slopes[2]


def test_value_drivers_have_one_reference_two_gains_and_a_loss(data):
    counts = data["ValueDrivers"].groupby(["segment", "product"])["kind"].value_counts().unstack()
    assert len(counts) == 40
    assert (counts["reference"] == 1).all()
    assert counts["gain"].between(2, 3).all()
    assert counts["loss"].between(1, 2).all()
