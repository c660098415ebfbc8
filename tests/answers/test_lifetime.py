"""Lifetime value, its holdout and its cohorts for a small company whose customers buy as the models say."""

import numpy as np
import pandas as pd
import pytest
from answers.books import book, read, rows

from cvm_xl.answers import answer_from
from cvm_xl.functions.lifetime import CVM_LIFETIME, CVM_PREDICTABILITY
from cvm_xl.functions.lifetime_cohorts import CVM_COHORTS
from cvm_xl.functions.lifetime_fit import CVM_BGNBD
from cvm_xl.functions.lifetime_holdout import CVM_HOLDOUT, CVM_HOLDOUT_LIFT, CVM_HOLDOUT_MODELS

START = np.datetime64("2024-01-01")
HOLDOUT = ("HoldoutModels", "Holdout", "HoldoutDeciles")


def lines(n=300, days=700, seed=1):
    """Sales of customers who buy at rates of their own and leave after a purchase, the first within half a year."""
    rng = np.random.default_rng(seed)
    given = []
    for i in range(n):
        day, rate, leave = rng.integers(0, 180), rng.gamma(1.2, 1 / 60), rng.beta(1, 9)
        while day < days:
            given.append((START + int(day), f"C{i:03d}", "p", 1.0, round(rng.gamma(5, 12), 2)))
            if rng.random() < leave:
                break
            day += 1 + rng.exponential(1 / rate)
    given.append((START + days - 1, "C000", "p", 1.0, 10.0))
    return rows("date customer product quantity net_revenue", *given)


SALES = lines()


def answers(sales=SALES, customers=None, **chosen):
    frames = {"Sales": sales} | ({} if customers is None else {"Customers": customers})
    return answer_from(*read(book(**frames), **chosen))


@pytest.fixture(scope="module")
def held():
    return answers(further_tables="Holdout", holdout_split=np.datetime64("2025-03-31"))


def given(sales=SALES):
    return sales["customer"].to_numpy(), sales["date"].to_numpy().astype("datetime64[D]"), sales["net_revenue"]


def test_the_sheet_holdout_is_what_the_functions_give(held):
    who, dates, money = given()
    called = (who, dates, money.to_numpy(), np.datetime64("2025-03-31"))
    model = {"predicted": "Expected", "cumulative_predicted": "Cumulative expected"}
    rule = {"predicted": "Naive", "cumulative_predicted": "Cumulative naive", "error": "Naive error"}
    by_rule = {"actual": "Naive actual", "lift": "Naive lift", "captured": "Naive captured"}
    for name, result, headers in (
        ("HoldoutModels", CVM_HOLDOUT_MODELS(*called), model),
        ("Holdout", CVM_HOLDOUT(*called), model),
        ("Holdout", CVM_HOLDOUT(*called, model="naive"), rule),
        ("HoldoutDeciles", CVM_HOLDOUT_LIFT(*called), model),
        ("HoldoutDeciles", CVM_HOLDOUT_LIFT(*called, model="naive"), by_rule),
    ):
        for key, values in result.items():
            header = headers.get(key) or (None if headers in (rule, by_rule) else key.replace("_", " ").capitalize())
            if header:
                got = held.tables[name][header]
                pd.testing.assert_series_equal(got, pd.Series(values), check_names=False, rtol=1e-9)
    until = held.tables["Holdout"]["Until"]
    assert until[0] == pd.Timestamp("2025-04-07")
    assert until.iloc[-1] == pd.Timestamp("2025-11-30") == SALES["date"].max()


def test_on_customers_who_buy_as_a_model_says_it_earns_its_keep(held):
    models = held.tables["HoldoutModels"].set_index("Model")
    assert models.loc["bgnbd", "Verdict"].startswith("Earns its keep")
    assert abs(models.loc["bgnbd", "Error"]) < abs(models.loc["naive", "Error"])
    assert any(note.startswith("Holdout: models are fitted to the past up to 2025-03-31") for note in held.notes)


def test_the_holdout_comes_when_settings_name_it_and_splits_the_period_in_three():
    assert not {*HOLDOUT} & answers().tables.keys()
    found = answers(further_tables="holdout")
    assert found.tables["Holdout"]["Until"][0] == pd.Timestamp(START + int(699 * 2 / 3) + 7)


def test_a_holdout_without_a_future_is_left_out_and_says_why():
    found = answers(further_tables="Holdout", holdout_split=np.datetime64("2026-01-01"))
    assert "no lines after the split" in found.left_out["Holdout"]
    assert "Lifetime" in found.tables


def test_settings_choose_the_model_of_purchases(held):
    chosen = answers(purchase_model="pareto_nbd").tables
    assert set(chosen["Model"]["Model"]) == {"pareto_nbd", "gamma_gamma"}
    usual = held.tables
    assert set(usual["Model"]["Model"]) == {"bgnbd", "gamma_gamma"}
    ours, theirs = (t["Lifetime"].set_index("Customer")["CLV"] for t in (usual, chosen))
    assert not np.allclose(ours, theirs.loc[ours.index], rtol=1e-3)
    assert theirs.sum() == pytest.approx(ours.sum(), rel=0.2)


def test_of_two_equal_values_the_surer_one_has_the_higher_predictability(held):
    life = held.tables["Lifetime"]
    assert (life["CLV low"] <= life["CLV high"]).all()
    assert life["Predictability"].between(0, 1).all()
    sure = life.nlargest(20, "Predictability")
    assert sure["P(alive)"].min() > 0.7
    assert life.loc[life["P(alive)"] < 0.2, "Predictability"].max() < 0.3


# --- cohorts -----------------------------------------------------------------------------------------------------

PEOPLE = rows("customer name", *((f"C{i:03d}", None) for i in range(300))).assign(
    Source=[("Fair", "Web", None)[i % 3] for i in range(300)]
)


def test_cohorts_hold_every_customer_once_by_time_and_once_by_source():
    found = answers(customers=PEOPLE, further_tables="Cohorts").tables
    table, life = found["Cohorts"], found["Lifetime"]
    assert list(dict.fromkeys(table["By"])) == ["Acquired", "Source"]
    for by, mine in table.groupby("By"):
        assert mine["Customers"].sum() == len(life) == 300, by
        assert mine["CLV"].sum() == pytest.approx(life["CLV"].sum(), abs=0.05)
        assert mine["Revenue"].sum() == pytest.approx(SALES["net_revenue"].sum(), abs=0.005)
    web = table[table["Cohort"] == "Web"].iloc[0]
    mine = life[life["Customer"].isin(PEOPLE.loc[PEOPLE["Source"] == "Web", "customer"])]
    assert web["Customers"] == len(mine) == 100
    assert web["CLV a customer"] == pytest.approx(mine["CLV"].mean())
    assert web["Active"] == pytest.approx(mine["P(alive)"].mean())
    assert web["Bought again"] == pytest.approx((mine["Frequency"] > 0).mean())
    assert set(table.loc[table["By"] == "Source", "Cohort"]) == {"Fair", "Web", "No Source"}


def test_retention_is_what_the_function_gives_and_its_triangle_is_empty_where_nobody_was_seen():
    table = answers(further_tables="Cohorts").tables["CohortRetention"].set_index("Cohort")
    who, dates, money = given()
    called = pd.DataFrame(CVM_COHORTS(who, dates, money.to_numpy(), unit="quarter"))
    for row in called.itertuples():
        assert table.loc[row.cohort, f"Quarter {row.period:.0f}"] == pytest.approx(row.retention)
    quarters = [name for name in table if name.startswith("Quarter ")]
    assert table[quarters].notna().sum().sum() == len(called)
    assert set(table["By"]) == {"Acquired"}


def test_customers_won_before_the_period_are_in_cohorts_but_their_retention_is_not_told():
    start = np.datetime64("2024-04-01")
    found = answers(further_tables="Cohorts", period_start=start).tables
    first = SALES.groupby("customer")["date"].min()
    assert "2024 Q1" in set(found["Cohorts"]["Cohort"])
    assert list(found["CohortRetention"]["Cohort"]) == ["2024 Q2"]
    assert found["CohortRetention"]["Customers"].sum() == (first >= pd.Timestamp(start)).sum()


# --- models for parts of the customers ---------------------------------------------------------------------------

PARTS = rows("customer segment", *((f"C{i:03d}", "Big" if i < 260 else "Small") for i in range(300)))


@pytest.fixture(scope="module")
def apart():
    return answers(customers=PARTS, fit_by="Segment")


def test_a_large_segment_has_models_of_its_own_and_a_small_one_is_pooled_and_named(apart):
    life, model = apart.tables["Lifetime"], apart.tables["Model"]
    assert dict(life.groupby("Segment")["Fitted to"].unique().map(tuple)) == {
        "Big": ("Big",),
        "Small": ("All customers",),
    }
    assert set(model["Model"]) == {"bgnbd", "gamma_gamma", "bgnbd: Big", "gamma_gamma: Big"}
    note = next(note for note in apart.notes if "pooled" in note)
    again = (life.loc[life["Segment"] == "Small", "Frequency"] > 0).sum()
    assert note.endswith(f"with all customers are pooled: Small ({again} bought again)")


def test_models_of_a_segment_are_those_fitted_to_its_customers_alone(apart):
    names = ("bgnbd: Big", "gamma_gamma: Big")
    theirs, life = apart.tables["Model"], apart.tables["Lifetime"]
    params = [dict(theirs.loc[theirs["Model"] == one, ["Name", "Value"]].itertuples(index=False)) for one in names]
    big = life[life["Segment"] == "Big"]
    history = [big[name].fillna(0).to_numpy(float) for name in ("Frequency", "Recency", "Age", "Monetary")]
    assert CVM_BGNBD(*history[:3])["alpha"] == pytest.approx(params[0]["alpha"], rel=1e-5)
    when = {"margin": big["Margin"].to_numpy(), "discount": 0.1, "horizon": 52}
    assert np.allclose(CVM_LIFETIME(*params, *history, **when), big["CLV"])
    ranged = CVM_PREDICTABILITY(*params, *history, **when)
    assert np.allclose(np.array(ranged["predictability"])[:-1], big["Predictability"])


def test_the_holdout_chooses_the_model():
    """The nearest one, customer by customer, is what Lifetime, Model and Holdout go by."""
    when = {"holdout_split": np.datetime64("2025-03-31"), "further_tables": "Holdout"}
    found = answers(purchase_model="by holdout", **when)
    tried = found.tables["HoldoutModels"].set_index("Model")["Off"].drop("naive")
    chosen = tried.map("{:.3g}".format).astype(float).idxmin()  # of those as near the first, which is the simplest
    assert set(found.tables["Model"]["Model"]) == {chosen, "gamma_gamma"}
    assert any(f"by holdout is {chosen}; off by" in note for note in found.notes)
    named = answers(purchase_model=chosen, **when)
    for name in ("Lifetime", "Holdout", "HoldoutDeciles"):
        pd.testing.assert_frame_equal(found.tables[name], named.tables[name])


def test_a_holdout_that_says_nothing_leaves_the_usual_model():
    found = answers(purchase_model="by holdout", holdout_split=np.datetime64("2030-01-01"))
    assert set(found.tables["Model"]["Model"]) == {"bgnbd", "gamma_gamma"}
    assert any("is bgnbd, for the holdout says nothing: " in note for note in found.notes)


def test_those_who_are_pooled_are_valued_as_without_segments_of_their_own(apart):
    whole = answers(customers=PARTS).tables["Lifetime"].set_index("Customer")
    life = apart.tables["Lifetime"].set_index("Customer")
    small = life.index[life["Segment"] == "Small"]
    assert np.allclose(life.loc[small, "CLV"] / life.loc[small, "Margin"], whole["CLV"][small] / whole["Margin"][small])
    assert set(whole["Fitted to"]) == {"All customers"}
    assert len(life) == len(whole)


def test_fit_by_names_what_customers_have_and_without_segments_changes_nothing():
    assert "fitted to parts of customers" in answers(fit_by="Product").left_out["Lifetime"]
    assert "nothing is called Colour" in answers(fit_by="Colour").left_out["Lifetime"]
    assert set(answers(fit_by="Segment").tables["Lifetime"]["Fitted to"]) == {"All customers"}
