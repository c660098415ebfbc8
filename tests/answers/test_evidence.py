"""What customers say and choose, and how sales answered to prices: shares of offers, promotions, clear answers."""

import numpy as np
import pandas as pd
import pytest
from answers.books import read, rows
from answers.test_price import answers, company
from hypothesis import given, settings
from hypothesis import strategies as st

from cvm_xl.answers.evidence import choices
from cvm_xl.answers.facts import facts
from cvm_xl.answers.price_tables import price_tables
from cvm_xl.book.settings import settings as chosen_settings
from cvm_xl.functions.survey import CVM_CHOICE_SHARE
from cvm_xl.kinds import Named


def shown(tasks=400, seed=8, none=True):
    rng = np.random.default_rng(seed)
    lines = []
    for task in range(tasks):
        speed, price = rng.choice(["same day", "two days"], 2), rng.choice([10.0, 20.0, 30.0], 2)
        worth = [1.0 * (s == "same day") - 0.1 * p + 2.0 for s, p in zip(speed, price, strict=True)] + [0.0] * none
        best = int(np.argmax(np.array(worth) + rng.gumbel(size=len(worth))))
        lines += [(str(task), k == best, price[k], speed[k]) for k in range(2)]
        lines += [(str(task), best == 2, np.nan, None)] * none
    return pd.DataFrame(lines, columns=["task", "chosen", "price", "Speed"])


CHOICES = shown()


def shares(profiles, asked=CHOICES):
    found, costs = read(company(Choices=asked, Profiles=profiles))
    tables, _, models = price_tables(found, costs)
    return tables.get("ChoiceShares"), found.notes, models


def profiles(*given, columns="market offer price Speed"):
    return rows(columns, *given)


def test_shares_are_the_functions_own_and_sum_to_one_in_each_market():
    table, _, models = shares(
        profiles(
            ("Now", "We", 20.0, "two days"),
            ("Now", "Rival", 25.0, "same day"),
            ("Now", "Nothing", np.nan, None),
            ("Then", "We", 20.0, "same day"),
            ("Then", "Rival", 25.0, "same day"),
        )
    )
    assert table.groupby("Market")["Share"].sum().tolist() == pytest.approx([1.0, 1.0])
    then = table[table["Market"] == "Then"].set_index("Offer")
    assert then.loc["We", "Share"] > then.loc["Rival", "Share"]
    model = next(m for m in models if (m["Model"] == "conjoint").all())
    params = dict(zip(model["Name"], model["Value"], strict=True))
    offers = Named(np.array([["same day", 20.0], ["same day", 25.0]], dtype=object), ["Speed", "price"])
    assert then["Share"].tolist() == CVM_CHOICE_SHARE(params, offers).tolist()
    assert then["Revenue"].tolist() == pytest.approx((then["Price"] * then["Share"]).tolist())
    assert table["Shown"].tolist()[:2] == ["Now / We", "Now / Rival"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["same day", "two days"]), st.floats(0, 60)), min_size=1, max_size=6))
def test_shares_sum_to_one_whatever_is_offered(offered):
    given = [(None, f"Offer {i}", round(price, 2), speed) for i, (speed, price) in enumerate(offered)]
    book = company(Choices=CHOICES, Profiles=profiles(*given))
    tables, _ = choices(facts(book, chosen_settings(book)))
    table = tables["ChoiceShares"]
    assert table["Share"].sum() == pytest.approx(1.0)
    assert (table["Share"] >= 0).all()
    assert set(table["Market"]) == {"All offers"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (profiles((None, "We", 20.0, "overnight")), "the model knows Speed as same day, two days"),
        (profiles((None, "We", 20.0), columns="market offer price"), "Profiles lacks what Choices has: Speed"),
    ],
)
def test_offers_that_the_model_does_not_know_are_said(given, words):
    table, notes, _ = shares(given)
    assert table is None
    assert any(words in note for note in notes), notes


def test_profiles_without_choices_and_choices_of_three_are_said():
    table, notes, _ = shares(profiles((None, "We", 20.0, "same day")), asked=None)
    assert table is None
    assert any("fill Choices" in note for note in notes)
    few = shown(tasks=3, none=False)
    table, notes, _ = shares(profiles((None, "We", 20.0, "same day")), asked=few)
    assert table is None
    assert any(note.startswith("Choices: ") for note in notes), notes


def monthly(promoted, marks, elasticity=-1.5, lift=0.6):
    """Three years of months; promoted ones are cheaper and sell more at the same price."""
    rng = np.random.default_rng(4)
    days = np.datetime64("2022-01", "M") + np.arange(36)
    price = 100 * np.exp(0.08 * rng.standard_normal(36) - 0.15 * promoted)
    units = 5000 * (price / 100) ** elasticity * np.exp(lift * promoted + 0.02 * rng.standard_normal(36))
    frame = pd.DataFrame(
        {
            "date": days.astype("datetime64[D]").astype("datetime64[s]"), "customer": "a", "product": "p",
            "quantity": units.round(), "net_revenue": (units.round() * price).round(2),
            "cost_of_goods": (units.round() * 40.0),
        }
    )  # fmt: skip
    return frame if marks is None else frame.assign(Promotion=marks)


PROMOTED = (np.arange(36) % 5 == 2).astype(float)


@pytest.mark.parametrize(
    "marks",
    [
        np.where(PROMOTED == 1, "Spring sale", None),
        PROMOTED.astype(bool).astype(object),
        np.where(PROMOTED == 1, "yes", "no").astype(object),
    ],
    ids=["names", "flags", "yes and no"],
)
def test_a_promotion_does_not_pass_for_elasticity(marks):
    def found(given):
        return answers(company(Sales=monthly(PROMOTED, given)), elasticity_by="month")[0]["Elasticity"].iloc[0]

    blind, seeing = found(None), found(marks)
    assert seeing["Elasticity"] == pytest.approx(-1.5, abs=3 * seeing["Standard error"])
    assert seeing["Promotion"] == pytest.approx(np.expm1(0.6), abs=0.15)
    assert abs(seeing["Trend"]) < 0.005
    assert blind["Elasticity"] < seeing["Elasticity"] - 0.5
    assert np.isnan(blind["Promotion"])


def test_promotions_in_every_period_are_no_explanation():
    always = monthly(PROMOTED, np.full(36, "Always", dtype=object))
    found = answers(company(Sales=always), elasticity_by="month")[0]["Elasticity"].iloc[0]
    assert np.isfinite(found["Elasticity"])
    assert np.isnan(found["Promotion"])


def test_price_tests_of_three_respondents_are_called_too_few():
    tests = rows("product price would_buy", *(("p", price, i < 2) for price in (70.0, 90.0) for i in range(3)))
    found, costs = read(company(PriceTests=tests))
    assert "BuyCurve" in price_tables(found, costs)[0]
    assert any("PriceTests of p: only 3 respondents" in note for note in found.notes)
