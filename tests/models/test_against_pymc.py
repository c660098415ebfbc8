"""Agreement with the closed forms of pymc-marketing, given the same parameters.

It brings a hundred packages and is in no extra: `pip install pymc-marketing` in an environment of its own; elsewhere
these tests are skipped. Its fits are Bayesian, so that not parameters are compared but what follows from them.
"""

import numpy as np
import pandas as pd
import pytest

from cvm_xl.models import bgnbd, gamma_gamma, pareto_nbd
from cvm_xl.models.lifetime_value import alive, lifetime, purchases

clv = pytest.importorskip("pymc_marketing.clv")
pytestmark = pytest.mark.filterwarnings("ignore")

MODELS = {
    "bgnbd": ("BetaGeoModel", "BetaGeoNBD", {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}),
    "mbgnbd": ("ModifiedBetaGeoModel", "ModifiedBetaGeoNBD", {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}),
    "pareto_nbd": ("ParetoNBDModel", "ParetoNBD", {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}),
}
SPEND = {"model": "gamma_gamma", "p": 6.25, "q": 3.74, "v": 15.44}


@pytest.fixture(scope="module")
def people(cdnow):
    """Every fortieth customer of CDNOW, as both take them."""
    x, t, T, z = (cdnow[name][::40] for name in ("frequency", "recency", "age", "monetary"))
    frame = pd.DataFrame({"customer_id": np.arange(x.size), "frequency": x, "recency": t, "T": T})
    return (x, t, T, z), frame.assign(monetary_value=z)


def theirs(name, frame, params):
    """Their model, as if it had found these parameters."""
    import arviz

    made = getattr(clv, name)(data=frame)
    made.build_model()
    made.idata = arviz.from_dict(posterior={key: np.array([[value]]) for key, value in params.items()})
    return made


@pytest.mark.parametrize("model", MODELS)
def test_predictions_agree(model, people):
    name, _, params = MODELS[model]
    history, frame = people
    ours, peer = {"model": model, "unit": "week", **params}, theirs(name, frame, params)
    still = peer.expected_probability_alive(frame).to_numpy().ravel()
    np.testing.assert_allclose(alive(ours, *history[:3]), still, rtol=1e-8)
    for ahead in (4, 39):
        bought = peer.expected_purchases(frame, future_t=ahead).to_numpy().ravel()
        got = purchases(ours, np.full(bought.size, float(ahead)), *history[:3])
        np.testing.assert_allclose(got, bought, rtol=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_likelihoods_agree(model, people):
    """What `fit` maximises, at its maximum over some customers."""
    import pymc
    from pymc_marketing.clv import distributions

    x, t, T = people[0][:3]
    ours = pareto_nbd.fit(x, t, T) if model == "pareto_nbd" else bgnbd.fit(x, t, T, model=model)
    params = {name: ours[name] for name in MODELS[model][2]}
    made = getattr(distributions, MODELS[model][1]).dist(T=T, **params)
    logs = pymc.logp(made, np.stack([t, x], axis=-1)).eval()
    assert ours["loglik"] == pytest.approx(float(np.sum(logs)), rel=1e-8)


def test_spend_and_lifetime_value_agree(people):
    """Theirs sums months, discounted at the end of each: ours, discounted all along, lies within half a month of it."""
    (x, t, T, z), frame = people
    bought = {"model": "bgnbd", "unit": "week", **MODELS["bgnbd"][2]}
    money = theirs("GammaGammaModel", frame[frame["frequency"] > 0], {k: v for k, v in SPEND.items() if k != "model"})
    again = x > 0
    want = money.expected_customer_spend(frame[again]).to_numpy().ravel()
    np.testing.assert_allclose(gamma_gamma.spend(SPEND, x[again], z[again]), want, rtol=1e-8)
    peer = theirs("BetaGeoModel", frame, MODELS["bgnbd"][2])
    ahead = {"future_t": 12, "time_unit": "W"}
    summed = money.expected_customer_lifetime_value(peer, frame[again], discount_rate=0.0, **ahead)
    ones, none = np.ones(again.sum()), np.zeros(again.sum())
    year = np.full(again.sum(), 12 * 30.4375 / 7)
    got = lifetime(bought, SPEND, x[again], t[again], T[again], z[again], ones, none, year)
    np.testing.assert_allclose(got, summed.to_numpy().ravel(), rtol=5e-3)
