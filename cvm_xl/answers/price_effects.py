"""What moving every price to its target does to a year: by price, volume and mix, and which volume it risks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.acceptance import NINE_OF_TEN
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.pnl import TOTAL
from cvm_xl.answers.price import Bands
from cvm_xl.functions.profit import CVM_BRIDGE

__all__ = ["effect_bars", "target_effects"]

EFFECTS = {"Price effect": "price", "Volume effect": "volume", "Mix effect": "mix"}


def target_effects(facts: Facts, bands: Bands) -> pd.DataFrame:
    """The rows of PriceBands that are sold and whose acceptance is known, the total first (CVM_BRIDGE)."""
    today, target, units, cost = (
        bands.table[name].to_numpy(dtype=float) for name in ("Price today", "Target", "Units a year", "Unit cost")
    )
    rows = bands.curves.known & np.isfinite(today) & np.isfinite(target) & (units > 0)
    if not rows.any():
        return pd.DataFrame()
    table = bands.table.loc[rows, ["Segment", "Product", "Name", "Price today", "Target", "Units a year"]].reset_index(
        drop=True
    )
    today, target, units, cost = (values[rows] for values in (today, target, units, cost))
    curves = bands.curves.rows(rows)
    kept = {errors: curves.kept(today, target, errors) for errors in (-NINE_OF_TEN, 0.0, NINE_OF_TEN)}
    after = units * kept[0.0]
    table["Units after"] = after
    table["Units at risk"] = np.maximum(units - after, 0.0)
    keys = np.arange(len(table)).astype(object)
    given = CVM_BRIDGE(keys, today, units, cost, target, after, cost)
    for name, effect in EFFECTS.items():
        table[name] = np.asarray(given[effect][:-1], dtype=float).round(facts.decimals) + 0.0
    ends = np.sort([units * ((target - cost) * k - (today - cost)) for k in kept.values()], axis=0)
    table["Profit change"] = bands.table.loc[rows, "Profit change"].to_numpy(dtype=float)
    table["Mix effect"] = table["Profit change"] - table["Price effect"] - table["Volume effect"]  # bears the cents
    table["Profit low"], table["Profit high"] = ends[0], ends[2]
    money = [*EFFECTS, "Profit low", "Profit change", "Profit high"]
    table[money] = table[money].round(facts.decimals) + 0.0
    sums = table[["Units a year", "Units after", "Units at risk", *EFFECTS, "Profit change"]].sum()
    total = {"Segment": TOTAL, "Product": None} | sums.to_dict()
    first = pd.DataFrame([total]).round(dict.fromkeys((*EFFECTS, "Profit change"), facts.decimals))
    return pd.concat([first, table], ignore_index=True)


def effect_bars(effects: pd.DataFrame) -> pd.DataFrame:
    """The total of TargetEffects, for the chart."""
    total = effects.iloc[0]
    amounts = {name.removesuffix(" effect"): total[name] for name in EFFECTS} | {"All": total["Profit change"]}
    return pd.DataFrame({"Effect": list(amounts), "Amount": list(amounts.values())})
