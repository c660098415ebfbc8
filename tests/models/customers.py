"""Simulated customers whose parameters are known."""

from __future__ import annotations

import numpy as np


def simulate(n, model, theta, age, seed):
    """Frequency, recency and age of customers who follow a model of purchases, and the rates they were given."""
    rng = np.random.default_rng(seed)
    age = np.broadcast_to(age, n).astype(float)
    one, two, three, four = theta
    rate = rng.gamma(one, 1 / two, n)
    if model == "pareto_nbd":
        leave = rng.gamma(three, 1 / four, n)
        until = np.minimum(age, rng.exponential(size=n) / leave)
        x = rng.poisson(rate * until)
        last = until * rng.beta(np.maximum(x, 1), 1)
    else:
        leave = rng.beta(three, four, n)
        chances = rng.poisson(rate * age)
        x = np.minimum(chances, rng.geometric(np.maximum(leave, 1e-12)) - (model == "mbgnbd"))
        last = age * rng.beta(np.maximum(x, 1), np.maximum(chances - x + 1, 1))
    return x.astype(float), np.where(x > 0, last, 0.0), age, rate, leave
