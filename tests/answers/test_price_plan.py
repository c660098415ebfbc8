"""The plan, the evidence and the rivals of small books whose figures are known by hand."""

import numpy as np
import pandas as pd
import pytest
from answers.books import rows
from answers.test_price import answers, company

from cvm_xl.models.price_band import acceptance


def made(tables, name, key="Segment"):
    return tables[name].set_index(key)


def test_a_plan_steps_towards_target_within_guard_rails():
    tables, _, models = answers(company(), greatest_price_change=0.05, price_point=0.5)
    plan = made(tables, "PricePlan")
    assert plan.loc["Farms", "Proposed"] == 84  # 80 + 5%
    assert plan.loc["Parks", "Proposed"] == 114  # 120 - 5%
    assert plan.loc["Farms", "Why"].startswith("Giving away: up, 5%")
    assert (plan["Bound"] == 0).all()
    fit = dict(zip(models[0]["Name"], models[0]["Value"], strict=True))
    a, b = np.array([fit["intercept"]]), np.array([fit["slope"]])
    kept = (acceptance(np.array([84.0]), a, b) / acceptance(np.array([80.0]), a, b))[0]
    units = made(tables, "PriceBands").loc["Farms", "Units a year"]
    assert plan.loc["Farms", "Profit change"] == pytest.approx(units * (24 * kept - 20), abs=0.01)
    assert (plan["Profit low"] <= plan["Profit change"]).all()
    assert (plan["Profit change"] <= plan["Profit high"]).all()
    assert (plan["Profit low"] < plan["Profit high"]).all()


def test_the_range_of_a_plan_is_that_of_models_drawn_from_the_fit():
    tables, _, models = answers(company(), greatest_price_change=0.2)
    plan, bands = made(tables, "PricePlan").loc["Farms"], made(tables, "PriceBands").loc["Farms"]
    fit = dict(zip(models[0]["Name"], models[0]["Value"], strict=True))
    cov = fit["cov_intercept_slope"]
    spread = [[fit["se_intercept"] ** 2, cov], [cov, fit["se_slope"] ** 2]]
    a, b = np.random.default_rng(1).multivariate_normal([fit["intercept"], fit["slope"]], spread, 40_000).T
    kept = acceptance(np.full(a.size, plan["Proposed"]), a, b) / acceptance(np.full(a.size, 80.0), a, b)
    profit = bands["Units a year"] * ((plan["Proposed"] - 60) * kept - 20)
    assert [plan["Profit low"], plan["Profit high"]] == pytest.approx(np.quantile(profit, [0.05, 0.95]), rel=0.03)


def test_contracts_that_run_hold_the_price_and_those_that_ended_do_not():
    def bound(customer, product, until):
        contract = rows("customer product until", (customer, product, np.datetime64(until)))
        return made(answers(company(Contracts=contract))[0], "PricePlan")

    held = bound("a", "p", "2025-06-30")
    assert held.loc["Farms", ["Bound", "Proposed", "Profit change"]].tolist() == [1, 80, 0]
    assert "contracts" in held.loc["Farms", "Why"]
    assert held.loc["Parks", "Bound"] == 0
    assert bound("a", None, "2025-06-30").loc["Farms", "Bound"] == 1
    assert bound("a", "other", "2025-06-30").loc["Farms", "Bound"] == 0
    assert bound("a", "p", "2024-12-29").loc["Farms", "Bound"] == 0


def test_customers_have_bands_of_their_own_and_those_with_most_money_come_first():
    sales = rows(
        "date customer product quantity net_revenue cost_of_goods",
        (np.datetime64("2024-01-01"), "a", "p", 50.0, 4000.0, 3000.0),
        (np.datetime64("2024-06-01"), "c", "p", 900.0, 63000.0, 45000.0),
        (np.datetime64("2024-12-30"), "b", "p", 100.0, 12000.0, 6000.0),
    )
    customers = rows("customer segment", ("a", "Farms"), ("c", "Farms"), ("b", "Parks"))
    given = company(Sales=sales, Customers=customers)
    assert "CustomerBands" not in answers(given)[0]
    table = answers(given, customer_bands=2)[0]["CustomerBands"]
    assert list(table["Rank"]) == [1, 2]
    first = table.iloc[0]
    assert (first["Customer"], first["Price today"], first["Unit cost"]) == ("c", 70, 50)
    assert first["Proposed"] == pytest.approx(73.5)
    assert (np.diff(table["Customer's money"]) <= 0).all()


def test_cost_plus_gives_away_below_target_and_loses_above_it():
    assert "CostPlusGap" not in answers(company())[0]
    for markup, gives, loses in ((0.2, True, False), (1.5, False, True)):
        tables = answers(company(), markup=markup)[0]
        gap = tables["CostPlusGap"]
        assert gap.loc[0, "Segment"] == "Total"
        body = gap.iloc[1:]
        assert np.allclose(body["Cost plus"], 60 * (1 + markup))
        assert (gap.loc[0, "Given away"] > 0) == gives
        assert (gap.loc[0, "Lost"] > 0) == loses
        assert gap.loc[0, "Given away"] == pytest.approx(body["Given away"].sum())
        assert gap.loc[0, "Lost"] == pytest.approx(body["Lost"].sum())


def test_without_offers_all_buy_up_to_the_ceiling():
    tables = answers(company(Offers=None), markup=0.2)[0]
    farms = tables["CostPlusGap"].set_index("Segment").loc["Farms"]
    bands = made(tables, "PriceBands").loc["Farms"]
    assert farms["Given away"] == pytest.approx((100 - 72) * bands["Units a year"], abs=0.01)  # target 100


def seen(*more):
    columns = ["segment", "attribute", "importance", "own", "Acme", "Best"]
    scores = [("Farms", "yield", 50.0, 9.0, "6", "9"), ("Farms", "service", 30.0, 8.0, "8", "4")]
    scores += [("Farms", "brand", 20.0, 6.0, "8", "6"), ("Farms", "Price", np.nan, 12.0, "10", "14")]
    return pd.DataFrame([*scores, *more], columns=columns)


def test_value_map_and_position_of_a_segment():
    tables = answers(company(Attributes=seen()))[0]
    acme = made(tables, "ValueMap", "Rival").loc["Acme"]
    assert acme[["Relative quality", "Relative price", "Fair price"]].tolist() == pytest.approx([1.2, 1.2, 14.4])
    assert acme["Reading"].startswith("On the fair line")
    assert made(tables, "ValueMap", "Rival").loc["Best", "Reading"].startswith("More value")
    position = made(tables, "Position", "Attribute")
    assert position["Role"].to_dict() == {"yield": "match", "service": "leave", "brand": "leave"}
    assert position.loc["yield", "Best rival"] == 9


def test_a_rival_without_a_score_is_left_out_of_the_segment():
    tables = answers(company(Attributes=seen(("Parks", "yield", 1.0, 2.0, "1", None))))[0]
    both = tables["ValueMap"].groupby("Segment")["Rival"].apply(list).to_dict()
    assert both == {"Farms": ["Acme", "Best"], "Parks": ["Acme"]}


def survey(n):
    rng = np.random.default_rng(5)
    base = 10 * np.exp(0.2 * rng.standard_normal(n))
    names = ("too_cheap", "cheap", "expensive", "too_expensive")
    return pd.DataFrame({"product": "p"} | {name: base * (1 + 0.3 * i) for i, name in enumerate(names)})


def test_survey_curves_cross_where_the_points_say():
    tables = answers(company(PriceSurvey=survey(200)))[0]
    points = made(tables, "PricePoints", "Figure")["Value"]
    curves = tables["PriceCurves"]
    at = curves.iloc[(curves["Price"] - points["idp"]).abs().argmin()]
    assert at["Cheap"] == pytest.approx(at["Expensive"], abs=0.03)
    at = curves.iloc[(curves["Price"] - points["opp"]).abs().argmin()]
    assert at["Too cheap"] == pytest.approx(at["Too expensive"], abs=0.03)
    assert points["pmc_low"] < points["opp"] < points["pme_high"]
    assert (np.diff(curves["Too expensive"]) >= 0).all()
    assert (np.diff(curves["Too cheap"]) <= 0).all()


def test_three_respondents_are_called_too_few():
    from answers.books import read

    from cvm_xl.answers.price_tables import price_tables

    found, costs = read(company(PriceSurvey=survey(3)))
    price_tables(found, costs)
    assert any("only 3 respondents" in note for note in found.notes)


def test_price_tests_earn_most_at_the_best_price():
    shown = [("p", price, i < share) for price, share in ((70.0, 9), (90.0, 6), (110.0, 2)) for i in range(10)]
    table = answers(company(PriceTests=rows("product price would_buy", *shown)))[0]["BuyCurve"]
    assert table["Share"].tolist() == [0.9, 0.6, 0.2]
    assert table["Profit"].tolist() == pytest.approx([9, 18, 10])  # unit cost 60
    assert table["Best"].tolist() == [False, True, False]


def test_choices_give_back_what_an_attribute_is_worth():
    rng = np.random.default_rng(8)
    lines = []
    for task in range(1500):
        fast, price = rng.integers(0, 2, 2), rng.choice([10.0, 20.0, 30.0], 2)
        best = int(np.argmax(1.0 * fast - 0.1 * price + rng.gumbel(size=2)))
        lines += [(str(task), k == best, price[k], "yes" if fast[k] else "no") for k in range(2)]
    frame = pd.DataFrame(lines, columns=["task", "chosen", "price", "Fast"])
    worths = made(answers(company(Choices=frame))[0], "PartWorths", "Attribute").loc["Fast=yes"]
    assert worths["Low"] < 10 < worths["High"]
    assert worths["Willingness to pay"] == pytest.approx(10, abs=1.5)


def monthly(elasticity, noise, trend=0.0, price=None):
    rng = np.random.default_rng(4)
    days = np.datetime64("2022-01", "M") + np.arange(36)
    prices = 100 * np.exp(0.2 * rng.standard_normal(36)) if price is None else np.full(36, price)
    units = 5000 * (prices / 100) ** elasticity * np.exp(trend * np.arange(36) + noise * rng.standard_normal(36))
    return pd.DataFrame(
        {"date": days.astype("datetime64[s]"), "customer": "a", "product": "p", "quantity": units,
         "net_revenue": units * prices, "cost_of_goods": units * 60.0}
    )  # fmt: skip


def test_elasticity_from_sales_allows_for_a_trend():
    table = answers(company(Sales=monthly(-2.0, 0.02, trend=0.05)), elasticity_by="month")[0]["Elasticity"].iloc[0]
    assert table["Low"] < -2 < table["High"]
    assert table["Elasticity"] == pytest.approx(-2, abs=0.1)
    assert table["Best price"] == pytest.approx(120, rel=0.1)  # 60 x 2 / (2 - 1)
    assert table["Reading"].startswith("Demand reacts")


def test_an_elasticity_that_is_not_sure_names_no_price_and_says_so():
    table = answers(company(Sales=monthly(-1.5, 3.0)), elasticity_by="quarter")[0]["Elasticity"].iloc[0]
    assert np.isnan(table["Best price"])
    assert table["Reading"].startswith("Says nothing")
    flat = answers(company(Sales=monthly(-1.5, 0.1, price=100.0)), elasticity_by="month")[0]["Elasticity"].iloc[0]
    assert np.isnan(flat["Elasticity"])


def test_where_nothing_has_a_band_there_is_no_plan():
    values = rows("segment product driver kind amount", ("Farms", "p", "Rival", "reference", 10.0))
    tables = answers(company(ValueDrivers=values), markup=0.3, customer_bands=5, elasticity_by="month")[0]
    assert tables["PriceBands"].loc[0, "Verdict"].startswith("No band")
    assert not {"PricePlan", "AcceptanceCurve", "CostPlusGap", "CustomerBands"} & set(tables)


def test_the_acceptance_curve_has_its_optimum_at_target():
    tables = answers(company())[0]
    curve, bands = tables["AcceptanceCurve"], tables["PriceBands"].iloc[0]
    inside = curve[(curve["Price"] >= bands["Floor"]) & (curve["Price"] <= bands["Ceiling"])]
    assert inside.loc[inside["Expected profit"].idxmax(), "Price"] == pytest.approx(bands["Target"])
    assert curve["Target"].max() == pytest.approx(bands["Expected profit"])


def test_gap_bars_are_the_rows_with_most_money_without_the_total():
    tables = answers(company(), markup=0.2)[0]
    bars = tables["GapBars"]
    assert set(bars["Offer"]) == {"Farms / p", "Parks / p"}
    assert bars["Given away"].sum() == pytest.approx(tables["CostPlusGap"].loc[0, "Given away"])
