"""Price tables of small books whose figures are known by hand."""

import numpy as np
import pandas as pd
import pytest
from answers.books import book, read, rows

from cvm_xl.answers.price_tables import price_tables
from cvm_xl.check import check
from cvm_xl.models.price_band import acceptance

TRUE_INTERCEPT, TRUE_SLOPE = -10.0, 0.1


def offers(n=400, slope=TRUE_SLOPE, intercept=TRUE_INTERCEPT):
    rng = np.random.default_rng(3)
    price = 70 + 60 * rng.random(n)
    return pd.DataFrame(
        {"product": "p", "price": price, "accepted": rng.random(n) < 1 / (1 + np.exp(intercept + slope * price))}
    )


def company(**more):
    """Two segments that buy one product at 80 and at 120, 100 units each within a year; it costs 60."""
    sales = rows(
        "date customer product quantity net_revenue cost_of_goods",
        (np.datetime64("2024-01-01"), "a", "p", 50.0, 4000.0, 3000.0),
        (np.datetime64("2024-12-30"), "a", "p", 50.0, 4000.0, 3000.0),
        (np.datetime64("2024-06-01"), "b", "p", 100.0, 12000.0, 6000.0),
    )
    values = rows(
        "segment product driver kind amount",
        ("Farms", "p", "Rival", "reference", 100.0),
        ("Farms", "p", "Yield", "gain", 40.0),
        ("Parks", "p", "Rival", "reference", 100.0),
        ("Parks", "p", "Yield", "gain", 5.0),
    )
    tables = {
        "Sales": sales,
        "Customers": rows("customer segment", ("a", "Farms"), ("b", "Parks")),
        "ValueDrivers": values,
        "Offers": offers(),
    }
    return book(**{name: frame for name, frame in (tables | more).items() if frame is not None})


def answers(given, **settings):
    found, costs = read(given, **settings)
    return price_tables(found, costs)


def by_segment(table):
    return table.set_index("Segment")


def test_money_of_moving_to_target_by_hand():
    tables, missing, models = answers(company())
    assert missing == {}
    bands = tables["PriceBands"]
    assert (np.diff(bands["Profit change"]) <= 0).all()
    fit = dict(zip(models[0]["Name"], models[0]["Value"], strict=True))
    farms = by_segment(bands).loc["Farms"]
    assert farms["Price today"] == 80
    assert farms["Units a year"] == pytest.approx(100, rel=0.01)
    a, b = np.array([fit["intercept"]]), np.array([fit["slope"]])
    kept = (acceptance(np.array([farms["Target"]]), a, b) / acceptance(np.array([80.0]), a, b))[0]
    assert farms["Volume change"] == pytest.approx(kept - 1)
    units = farms["Units a year"]
    assert farms["Given away"] == pytest.approx((farms["Target"] - 80) * units * kept, abs=0.01)
    assert farms["Profit change"] == pytest.approx(units * ((farms["Target"] - 60) * kept - 20), abs=0.01)


def test_without_offers_volume_is_unknown_and_what_is_given_away_is_at_todays_volume():
    bands = by_segment(answers(company(Offers=None))[0]["PriceBands"])
    farms = bands.loc["Farms"]
    assert np.isnan(farms["Volume change"])
    assert np.isnan(farms["Profit change"])
    assert farms["Target"] == pytest.approx(100)  # fair: halfway from 60 to 140
    assert farms["Given away"] == pytest.approx(20 * farms["Units a year"], abs=0.01)


def test_a_price_above_the_ceiling_gives_nothing_away():
    parks = by_segment(answers(company())[0]["PriceBands"]).loc["Parks"]
    assert parks["Verdict"].startswith("Too dear")
    assert parks["Given away"] == 0
    assert parks["Volume change"] > 0


def test_ranges_of_value_drivers_come_out_as_a_range():
    given = company()
    plain = answers(given)[0]["PriceBands"]
    assert plain[["EVC low", "EVC high"]].isna().all().all()
    values = given.tables["ValueDrivers"].frame
    values["low"] = [np.nan, 30.0, np.nan, np.nan]
    values["high"] = [np.nan, 50.0, np.nan, np.nan]
    bands = by_segment(answers(given)[0]["PriceBands"])
    assert bands.loc["Farms", "EVC"] == 140
    assert bands.loc["Farms", ["EVC low", "EVC high"]].tolist() == pytest.approx([130, 150], abs=0.5)
    assert bands.loc["Parks", ["EVC low", "EVC high"]].isna().all()


def test_the_rival_that_leaves_us_least_counts_with_its_own_range():
    values = rows(
        "segment product driver kind amount rival low high",
        ("Farms", "p", "Rival", "reference", 100.0, "Far", 50.0, 150.0),
        ("Farms", "p", "Rival", "reference", 90.0, "Near", 90.0, 90.0),
        ("Farms", "p", "Yield", "gain", 10.0, None, 10.0, 10.0),
    )
    farms = answers(company(ValueDrivers=values))[0]["PriceBands"].iloc[0]
    assert (farms["Reference"], farms["EVC"], farms["EVC low"], farms["EVC high"]) == (90, 100, 100, 100)


def test_future_value_lowers_the_target_never_the_floor():
    plain = by_segment(answers(company())[0]["PriceBands"]).loc["Farms"]
    segments = rows("segment future_value", ("Farms", 0.2))
    later = by_segment(answers(company(Segments=segments))[0]["PriceBands"]).loc["Farms"]
    assert later["Floor"] == plain["Floor"]
    assert later["Target"] < plain["Target"]


def test_all_money_doubled_doubles_all_money():
    given = company()
    once = answers(given)[0]["PriceBands"]
    sales, values, made = (given.tables[name].frame for name in ("Sales", "ValueDrivers", "Offers"))
    sales[["net_revenue", "cost_of_goods"]] *= 2
    values["amount"] *= 2
    made["price"] *= 2
    twice = answers(given)[0]["PriceBands"]
    money = ["Unit cost", "EVC", "Floor", "Target", "Ceiling", "Fair", "Price today", "Given away", "Profit change"]
    assert np.allclose(twice[money].astype(float), 2 * once[money].astype(float), rtol=1e-4, atol=0.02)
    assert np.allclose(twice["Volume change"], once["Volume change"], atol=1e-4)
    assert list(twice["Verdict"]) == list(once["Verdict"])


def test_a_range_that_does_not_hold_its_amount_is_an_error():
    values = rows(
        "segment product driver kind amount low high",
        ("Farms", "p", "Rival", "reference", 100.0, 101.0, 120.0),
        ("Farms", "p", "Yield", "gain", 10.0, np.nan, 9.0),
    )
    problems = check(company(ValueDrivers=values))
    found = [(p.level, p.place.column, p.rows, p.value) for p in problems if p.level == "error"]
    assert found == [("error", "Low", (5,), 101.0), ("error", "High", (6,), 9.0)]
