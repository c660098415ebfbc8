"""The generated company's prices: how sure its value drivers are, contracts, what surveys and rivals say."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["ranged"]

SURE = {  # least and most as shares of the amount, confidence
    "Quotes seen by sales": (0.95, 1.05, 0.9), "Trial at the customer": (0.9, 1.1, 0.9), "Lab report": (0.9, 1.05, 0.9),
    "Usage data": (0.85, 1.1, 0.9), "Customer's figures": (0.8, 1.1, 0.8), "Interviews": (0.6, 1.25, 0.7),
    "Sales estimate": (0.4, 1.2, 0.6),
}  # fmt: skip


def ranged(values: pd.DataFrame) -> pd.DataFrame:
    """Value drivers with the range that their evidence allows."""
    low, high, confidence = (values["evidence"].map({name: v[i] for name, v in SURE.items()}) for i in range(3))
    amount = values["amount"].to_numpy(dtype=float)
    return values.assign(
        low=np.floor(amount * low * 100) / 100, high=np.ceil(amount * high * 100) / 100, confidence=confidence
    )
