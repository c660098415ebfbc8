"""Lifetime models: from lines to a summary, fits and scores, against the packages lifetimes and pymc-marketing.

`python -m benchmarks.lifetime` runs each case in a process of its own and prints JSON: [[title, [[name, seconds],
...]], ...]. A process takes its data from a file, imports what it needs, and only then starts the clock; names end in
the most memory that it held. What the Python of PEERS_PYTHON (else this one) cannot import is left out: lifetimes is
in the extra `peers`, pymc-marketing, which brings a hundred packages and wants a C compiler, in none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

OUT = Path(__file__).parent / "out"
PACKAGES = {"lifetimes": "lifetimes", "pymc": "pymc_marketing"}
MILLION = 1_000_000
EXCEL = np.datetime64("1899-12-30", "D")
BGNBD, SPEND = (0.25, 4.5, 0.8, 2.5), (6.0, 4.0, 15.0)
YEAR, MONTHS, MONTHLY = 52.0, 12, 0.01  # customers are watched for up to a year, and valued over the next


def made(kind: str, customers: int) -> Path:
    """Data in a file, made by another process: what this one holds would count as the memory of those it starts."""
    path = OUT / f"{kind}-{customers}.npy"
    if not path.exists():
        subprocess.run(
            [sys.executable, "-m", "benchmarks.lifetime", kind, str(path)], check=True, cwd=OUT.parent.parent
        )
    return path


def history(path: Path) -> None:
    """Frequency, recency, age and monetary of simulated customers, in whole days over weeks, in a file."""
    customers = int(path.stem.rpartition("-")[2])
    rng = np.random.default_rng(1)
    r, alpha, a, b = BGNBD
    age = rng.integers(90, 365, customers) / 7
    chances = rng.poisson(rng.gamma(r, 1 / alpha, customers) * age)
    x = np.minimum(chances, rng.geometric(np.maximum(rng.beta(a, b, customers), 1e-9)))
    last = np.ceil(7 * age * rng.beta(np.maximum(x, 1), np.maximum(chances - x + 1, 1))) / 7
    p, q, v = SPEND
    mean = rng.gamma(p * np.maximum(x, 1)) / rng.gamma(q, 1 / v, customers) / np.maximum(x, 1)
    np.save(path, [x, np.where(x > 0, last, 0), age, np.where(x > 0, mean.round(2), 0)])


def lines(path: Path) -> None:
    """Customer, day and money of purchases, three a customer, in a file."""
    customers = int(path.stem.rpartition("-")[2])
    rng = np.random.default_rng(2)
    who = np.concatenate([np.arange(customers), rng.integers(0, customers, 2 * customers)])
    np.save(path, [who, rng.integers(45_000, 45_700, who.size), rng.gamma(3, 20, who.size).round(2)])


def summary_ours(data: np.ndarray) -> Any:
    from cvm_xl.functions.lifetime_fit import CVM_SUMMARY

    who, money = data[0].astype(int), data[2]
    day = EXCEL + data[1].astype("timedelta64[D]")
    return lambda: CVM_SUMMARY(who, day, money)


def summary_lifetimes(data: np.ndarray) -> Any:
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data as summary

    when = EXCEL + data[1].astype("timedelta64[D]")
    frame = pd.DataFrame({"who": data[0].astype(int), "when": when, "paid": data[2]})
    return lambda: summary(frame, "who", "when", "paid", freq="D", freq_multiplier=7)


def value_ours(data: np.ndarray, model: str = "bgnbd") -> Any:
    """Fit purchases and spend; purchases in a year, P(alive) and lifetime value of each customer."""
    import scipy.optimize  # ours imports it when it fits, the others when they are imported
    import scipy.special  # noqa: F401

    from cvm_xl.functions.lifetime import CVM_ALIVE, CVM_LIFETIME, CVM_PURCHASES
    from cvm_xl.functions.lifetime_fit import CVM_BGNBD, CVM_GAMMA_GAMMA, CVM_PARETO_NBD

    x, last, age, money = data

    def run() -> None:
        bought = (CVM_PARETO_NBD if model == "pareto_nbd" else CVM_BGNBD)(x, last, age)
        spend = CVM_GAMMA_GAMMA(x, money)
        CVM_PURCHASES(bought, np.full(x.size, YEAR), x, last, age)
        CVM_ALIVE(bought, x, last, age)
        CVM_LIFETIME(bought, spend, x, last, age, money, horizon=YEAR)

    return run


def value_lifetimes(data: np.ndarray, model: str = "bgnbd") -> Any:
    import pandas as pd
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

    x, last, age, money = (pd.Series(column) for column in data)

    def run() -> None:
        bought = ParetoNBDFitter() if model == "pareto_nbd" else BetaGeoFitter()
        bought.fit(x, last, age)
        spend = GammaGammaFitter()
        spend.fit(x[x > 0], money[x > 0])
        bought.conditional_expected_number_of_purchases_up_to_time(YEAR, x, last, age)
        bought.conditional_probability_alive(x, last, age)
        spend.customer_lifetime_value(bought, x, last, age, money, time=MONTHS, discount_rate=MONTHLY, freq="W")

    return run


def value_pymc(data: np.ndarray) -> Any:
    import pandas as pd
    from pymc_marketing.clv import BetaGeoModel, GammaGammaModel

    x, last, age, money = data
    frame = pd.DataFrame({"customer_id": np.arange(x.size), "frequency": x, "recency": last, "T": age})
    frame["monetary_value"] = money

    def run() -> None:
        bought, spend = BetaGeoModel(data=frame), GammaGammaModel(data=frame[x > 0])
        for one in (bought, spend):
            one.fit(method="map", progressbar=False)
        bought.expected_purchases(frame, future_t=YEAR)
        bought.expected_probability_alive(frame)
        spend.expected_customer_lifetime_value(bought, frame, future_t=MONTHS, discount_rate=MONTHLY, time_unit="W")

    return run


CASES = {
    "summary-ours": summary_ours,
    "summary-lifetimes": summary_lifetimes,
    "value-ours": value_ours,
    "value-lifetimes": value_lifetimes,
    "value-pymc": value_pymc,
    "pareto-ours": lambda data: value_ours(data, "pareto_nbd"),
    "pareto-lifetimes": lambda data: value_lifetimes(data, "pareto_nbd"),
}


def once(case: str, path: Path) -> None:
    """Run a case in this process; print its seconds and peak megabytes."""
    import resource
    import warnings

    warnings.simplefilter("ignore")
    run = CASES[case](np.load(path))
    start = time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(json.dumps([seconds, peak]))


def python_of(case: str) -> str | None:
    """The Python that runs a case; None where the package is not there."""
    peer = PACKAGES.get(case.rpartition("-")[2])
    if peer is None:
        return sys.executable
    python = os.environ.get("PEERS_PYTHON", sys.executable)
    probe = f"import importlib.util as u, sys; sys.exit(u.find_spec({peer!r}) is None)"
    if subprocess.run([python, "-c", probe], check=False).returncode:
        print(f"{case}: {peer} is not installed, left out", file=sys.stderr)
        return None
    return python


def measured(rows: list[tuple[str, str, Path, int]]) -> list[tuple[str, float]]:
    """The medians of name, case, data, and runs.

    The cases take turns, those of few runs in the middle: a slow spell of the machine meets all of them alike.
    """
    turns = max(runs for *_, runs in rows)
    pythons = {case: python_of(case) for _, case, *_ in rows}
    found: dict[str, list[list[float]]] = {}
    for turn in range(turns):
        for name, case, path, runs in rows:
            python, first = pythons[case], (turns - runs) // 2
            if python and first <= turn < first + runs:
                command = [python, "-m", "benchmarks.lifetime", case, str(path)]
                said = subprocess.run(command, check=True, cwd=OUT.parent.parent, capture_output=True).stdout
                found.setdefault(name, []).append(json.loads(said.splitlines()[-1]))
    medians = [(name, *np.median(found[name], axis=0)) for name, *_ in rows if name in found]
    return [(f"{name} ({peak:,.0f} MB)", float(seconds)) for name, seconds, peak in medians]


def main() -> None:
    """Print all tables; ours last, for ratios are to the last line."""
    OUT.mkdir(exist_ok=True)
    big = made("history", MILLION)
    tables = []
    for title, rows in (
        (
            "Transactions to summary, 1,000,000 customers, 3,000,000 lines",
            [
                ("lifetimes", "summary-lifetimes", made("lines", MILLION), 3),
                ("ours", "summary-ours", made("lines", MILLION), 3),
            ],
        ),
        (
            "BG/NBD + Gamma-Gamma: fit, purchases, P(alive), lifetime value of 1,000,000 customers",
            [
                ("lifetimes", "value-lifetimes", big, 3),
                ("pymc-marketing, MAP", "value-pymc", big, 3),
                ("ours", "value-ours", big, 5),
            ],
        ),
        (
            "Pareto/NBD + Gamma-Gamma, the same for 100,000 customers",
            [
                ("lifetimes", "pareto-lifetimes", made("history", MILLION // 10), 1),
                ("ours", "pareto-ours", made("history", MILLION // 10), 3),
            ],
        ),
        (
            "Pareto/NBD beside BG/NBD, 1,000,000 customers",
            [("Pareto/NBD", "pareto-ours", big, 3), ("BG/NBD", "value-ours", big, 3)],
        ),
        (
            "BG/NBD + Gamma-Gamma by number of customers",
            [
                (f"{n:,}", "value-ours", made("history", n), 3 if n <= MILLION else 1)
                for n in (10 * MILLION, MILLION, MILLION // 10, MILLION // 100)
            ],
        ),
    ):
        tables.append([title, measured(rows)])
    print(json.dumps(tables))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"history": history, "lines": lines}.get(sys.argv[1], partial(once, sys.argv[1]))(Path(sys.argv[2]))
    else:
        main()
