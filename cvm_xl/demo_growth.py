"""The generated company's growth: what customers buy elsewhere, how large they are, what is sold no more."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["SETTINGS", "customers", "products"]

SETTINGS = {"Development cost": 150.0}
SHARES = {  # mean share of wallet, employees per 1,000 of wallet
    "Hospitals": (0.35, 4.0), "Laboratories": (0.55, 1.1), "Food producers": (0.45, 2.2),
    "Contract cleaners": (0.3, 7.0),
}  # fmt: skip
ENDED = "EQ-630"


def customers(known: pd.DataFrame, sales: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Customers with Wallet, which representatives know of three in five, and Employees."""
    rng = np.random.default_rng([seed, 5])
    n = len(known)
    years = (int((sales["date"].max() - sales["date"].min()).days) + 1) / 365.25
    ours = known["customer"].map(sales.groupby("customer")["net_revenue"].sum()).fillna(0.0).to_numpy() / years
    share, size = (known["segment"].map({s: v[i] for s, v in SHARES.items()}).to_numpy() for i in (0, 1))
    share = np.clip(rng.beta(6 * share, 6 * (1 - share)), 0.05, 0.95)
    wallet = np.maximum(ours, 300.0) / share
    employees = np.maximum(1, np.rint(size * wallet / 1000 * np.exp(0.35 * rng.standard_normal(n)))).astype(int)
    told = np.where(rng.random(n) < 0.6, np.ceil(wallet / 100) * 100, np.nan)
    table = known.copy()
    table.insert(4, "wallet", told)
    return table.assign(Employees=employees)


def products(known: pd.DataFrame, last: np.datetime64) -> pd.DataFrame:
    """Products with the day on which one was sold for the last time."""
    table = known.copy()
    ended = np.where(table["product"] == ENDED, last.astype("datetime64[s]"), np.datetime64("NaT", "s"))
    table.insert(5, "ended", ended)
    return table
