"""The generated company's growth: what customers buy elsewhere, how large they are, what is sold no more."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["SETTINGS", "capabilities", "customers", "products", "prospects"]

SETTINGS = {"Development cost": 150.0, "Referrals": 0.15, "Look-alike by": "Segment; Source; Employees"}
SHARES = {  # mean share of wallet, employees per 1,000 of wallet
    "Hospitals": (0.35, 4.0), "Laboratories": (0.55, 1.1), "Food producers": (0.45, 2.2),
    "Contract cleaners": (0.3, 7.0),
}  # fmt: skip
ENDED = "EQ-630"
TOWNS = ("Altwerder", "Birkenfurt", "Drosselbek", "Eichenau", "Falkenrode", "Grenzbach", "Haselünde", "Lindengrund")
ENDINGS = ("GmbH", "Service", "Betriebe", "& Partner", "Werk", "Zentrum")
SCORED = (  # dimension, statement, score, weight, evidence
    ("Skills", "Account owners can read a customer's P&L", 3.0, 1.0, "Training records"),
    ("Skills", "Somebody maintains cost drivers every quarter", 2.0, np.nan, "Controlling, half a post"),
    ("Culture", "Unprofitable orders are turned down", 1.5, 1.5, "Two cases in the past year"),
    ("Culture", "Bonuses follow contribution, not revenue", 2.0, np.nan, "Bonus scheme 2025"),
    ("Cooperation", "Sales, service and finance meet on accounts", 3.5, 1.0, "Monthly round since spring"),
)


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


def prospects(known: pd.DataFrame, seed: int) -> pd.DataFrame:
    """150 companies that look as customers do, from a directory."""
    rng = np.random.default_rng([seed, 6])
    alike = known.iloc[rng.integers(0, len(known), 150)].reset_index(drop=True)
    size = np.maximum(1, np.rint(alike["Employees"] * np.exp(0.5 * rng.standard_normal(150)))).astype(int)
    names = [f"{towns} {kind}" for towns, kind in zip(rng.choice(TOWNS, 150), rng.choice(ENDINGS, 150), strict=True)]
    return pd.DataFrame(
        {"prospect": [f"P{i:03d}" for i in range(1, 151)], "name": names, "segment": alike["segment"],
         "Source": alike["Source"], "Employees": size}
    )  # fmt: skip


def capabilities() -> pd.DataFrame:
    """What the management scored in a workshop."""
    return pd.DataFrame(SCORED, columns=["dimension", "statement", "score", "weight", "evidence"])
