"""Acceptance by segment, and what each target is said to rest on."""

import numpy as np
import pandas as pd
import pytest
from answers.books import read, rows
from answers.test_price import answers, by_segment, company, offers

from cvm_xl.answers.price_tables import price_tables


def split(n=600, apart=2.0, **more):
    """Offers to two segments; Parks accept less by `apart` in the log-odds."""
    rng = np.random.default_rng(7)
    price = 70 + 60 * rng.random(n)
    segment = np.where(np.arange(n) % 2, "Farms", "Parks")
    score = -10 + 0.1 * price + apart * (segment == "Parks")
    frame = pd.DataFrame({"segment": segment, "product": "p", "price": price})
    return frame.assign(accepted=rng.random(n) < 1 / (1 + np.exp(score)), **more)


def model(found):
    return dict(zip(found["Name"], found["Value"], strict=True))


def test_segments_that_accept_unlike_get_curves_of_their_own():
    tables, _, models = answers(company(Offers=split()))
    fitted = model(models[0])
    assert fitted["segment=Parks"] == pytest.approx(2.0, abs=4 * fitted["se_segment=Parks"])
    bands = by_segment(tables["PriceBands"])
    assert bands.loc["Farms", "Evidence"] == "600 offers, by segment: acceptance falls with price (p < 0.01)"
    # the profit of the plan: the range of models drawn with the segment's own intercept
    plan = tables["PricePlan"].set_index("Segment").loc["Parks"]
    names = ["intercept", "slope", "segment=Parks"]
    spread = [
        [fitted[f"se_{a}"] ** 2 if a == b else fitted.get(f"cov_{a}_{b}", fitted.get(f"cov_{b}_{a}")) for b in names]
        for a in names
    ]
    drawn = np.random.default_rng(1).multivariate_normal([fitted[n] for n in names], spread, 40_000)
    intercept, slope = drawn[:, 0] + drawn[:, 2], drawn[:, 1]
    kept = (1 + np.exp(intercept + slope * 120)) / (1 + np.exp(intercept + slope * plan["Proposed"]))
    profit = bands.loc["Parks", "Units a year"] * ((plan["Proposed"] - 60) * kept - 60)
    assert [plan["Profit low"], plan["Profit high"]] == pytest.approx(np.quantile(profit, [0.05, 0.95]), rel=0.04)


def test_segments_that_accept_alike_share_one_curve():
    tables, _, models = answers(company(Offers=split(apart=0.0)))
    assert "segment=Parks" not in model(models[0])
    assert tables["PriceBands"]["Evidence"].str.startswith("600 offers: ").all()


@pytest.mark.parametrize("how", ["no offers", "all refused", "unknown"])
def test_segments_that_cannot_be_told_apart_share_one_curve(how):
    given = split()
    if how == "no offers":
        given = given[given["segment"] == "Farms"]
    elif how == "all refused":
        given.loc[given["segment"] == "Parks", "accepted"] = False
    else:
        given = given.assign(segment=None)
    tables, _, models = answers(company(Offers=given))
    assert [name for name in model(models[0]) if "segment" in name] == []
    assert tables["PriceBands"]["Acceptance"].notna().all()


def test_a_segment_left_empty_is_the_customers():
    given = split().assign(customer=lambda frame: frame["segment"].map({"Farms": "a", "Parks": "b"}), segment=None)
    assert "segment=Parks" in model(answers(company(Offers=given))[2][0])


def said(given):
    found, costs = read(company(Offers=given))
    tables, _, models = price_tables(found, costs)
    return set(tables["PriceBands"]["Evidence"]), found.notes, models[0]


@pytest.mark.parametrize(
    ("given", "words", "noted"),
    [
        (None, "No offers: the target is the fair price", None),
        (offers(3), "Only 3 offers, 30 are needed: the target is the fair price", None),
        (offers(40, slope=0.0, intercept=0.0).assign(price=100.0), "all offers have the price 100", "say nothing"),
        (offers(40).assign(accepted=True), "all 40 offers were accepted", "say nothing"),
        (offers(40).assign(accepted=lambda f: f["price"] < 90), "every offer up to", "say nothing"),
        (offers(400, slope=-0.1, intercept=10.0), "Dearer offers were accepted more", "no fall of acceptance"),
    ],
)
def test_offers_that_tell_nothing_say_so_beside_the_band(given, words, noted):
    texts, notes, models = said(given)
    assert len(texts) == 1
    assert words in texts.pop()
    assert noted is None or any(noted in note for note in notes)
    assert models.empty


def test_a_weak_fit_is_used_and_warned_of():
    texts, notes, models = said(offers(60, slope=0.01, intercept=-1.0))
    assert texts.pop().startswith("Weak: 60 offers say little about price (p = ")
    assert any("make more offers" in note for note in notes)
    assert not models.empty


def test_satisfaction_enters_acceptance():
    def parks(score):
        customers = rows("customer segment satisfaction", ("a", "Farms", 70.0), ("b", "Parks", score))
        rng = np.random.default_rng(5)
        given = split(apart=0.0, satisfaction=rng.integers(30, 100, 600).astype(float))
        odds = -6 + 0.1 * given["price"] - 0.06 * given["satisfaction"]
        given["accepted"] = rng.random(600) < 1 / (1 + np.exp(odds))
        return by_segment(answers(company(Offers=given, Customers=customers))[0]["PriceBands"]).loc["Parks"]

    unhappy, happy = parks(40.0), parks(90.0)
    assert unhappy["Acceptance"] < happy["Acceptance"] or unhappy["Target"] < happy["Target"]
    assert "by satisfaction" in happy["Evidence"]
