"""Choice-based conjoint: part-worths by conditional logit, willingness to pay, shares of offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, NotAvailable
from cvm_xl.models.fitting import numbers
from cvm_xl.models.logit import code_levels, conditional_logit, estimated, fit_params

__all__ = ["choice_share", "fit_conjoint"]

Floats = NDArray[np.float64]
Cells = NDArray[np.object_]

RESERVED = {"price", "none", "model", "n", "loglik", "loglik_0"}


def fit_conjoint(
    chosen: Floats, alternatives: Cells, names: Sequence[str], price: Floats, task: Cells | None = None
) -> dict[str, float | str]:
    """Part-worths from choices among offers: P(j) = exp(u_j) / sum exp(u), u = part-worths + effect x price.

    Parameters
    ----------
    chosen : array, shape (n,)
        1 for the alternative chosen in its task, 0 for the others shown.
    alternatives : array of objects, shape (n, k)
        Attributes: numbers enter as they are, texts with a part-worth per level against the first in the alphabet.
        A row without any (None) is the option to buy nothing; its part-worth is "none".
    names : sequence of str
        Of the k attributes.
    price : array, shape (n,)
        0 for the option to buy nothing.
    task : array of objects, shape (n,), optional
        Which task a row belongs to. Without it tasks are consecutive blocks of n / number chosen rows.

    Returns
    -------
    dict
        model "conjoint", n (tasks), loglik, loglik_0 (all alternatives alike), the part-worths by name and "price",
        se_ and cov_ of them, base_<attribute> (the level with part-worth 0), wtp_ of each part-worth: -worth / price
        effect (blank unless the price effect is negative). Standard errors take choices as independent.

    Raises
    ------
    InvalidInput
        When a task has not exactly one chosen alternative, a row has some of its attributes only, or names repeat.
    NotAvailable
        When the choices do not determine the part-worths.

    References
    ----------
    McFadden, D. (1974), Conditional logit analysis of qualitative choice behavior; Train, K. (2009), Discrete Choice
    Methods with Simulation, ch. 3.
    """
    taken = next((name for i, name in enumerate(names) if name in RESERVED or name in names[:i]), None)
    if taken is not None:
        raise InvalidInput("give each attribute a heading of its own", argument="alternatives", value=taken)
    tasks = _tasks(chosen, task)
    empty = _empty(alternatives)
    nothing = np.all(empty, axis=1)
    _refuse_gaps(np.any(empty, axis=1) & ~nothing, "alternatives")
    coded = [code_levels(alternatives[:, j], name) for j, name in enumerate(names)]
    columns = [name for c in coded for name in c.names] + ["none"] * bool(nothing.any()) + ["price"]
    blocks = [np.where(nothing[:, None], 0.0, c.columns) for c in coded]
    blocks += [nothing[:, None].astype(float)] * bool(nothing.any()) + [price[:, None]]
    order = np.argsort(tasks, kind="stable")
    fit = conditional_logit(np.column_stack(blocks)[order], chosen[order] == 1, tasks[order], columns)
    effect = float(fit.beta[-1])
    params: dict[str, float | str] = {
        "model": "conjoint",
        "n": float(tasks.max() + 1),
        "loglik": fit.loglik,
        "loglik_0": -float(np.log(np.bincount(tasks)).sum()),
    }
    params |= fit_params(columns, fit.beta, fit.cov)
    params |= {f"base_{name}": c.base for name, c in zip(names, coded, strict=True) if c.base is not None}
    worths = zip(columns[:-1], fit.beta[:-1].tolist(), strict=True)
    return params | {f"wtp_{name}": -worth / effect if effect < 0 else np.nan for name, worth in worths}


def choice_share(model: Mapping[str, Any], offers: Cells, names: Sequence[str] | None = None) -> Floats:
    """Share of customers who choose each offer when all are on the market together.

    Parameters
    ----------
    model : mapping
        Of `fit_conjoint`.
    offers : array of objects, shape (n, k + 1)
        An offer per row: its attributes and its price. A row with a price only is the option to buy nothing.
    names : sequence of str, optional
        Of the columns; without them the attributes stand in the model's order, the price last.

    Returns
    -------
    array, shape (n,)
        Sums to 1.

    Raises
    ------
    InvalidInput
        When columns are not the model's, a cell is empty or of the wrong kind, or a level is not in the model.
    """
    worths = numbers(model, ["price", *estimated(model)])
    attributes = list(dict.fromkeys(_attribute(name, model) for name in worths if name not in ("none", "price")))
    wanted = [*attributes, "price"]
    spelled = {name.casefold(): name for name in wanted}
    given = [spelled.get(name.strip().casefold(), name) for name in names] if names else wanted
    if sorted(given) != sorted(wanted) or offers.shape[1] != len(wanted):
        raise InvalidInput(f"needs the columns {', '.join(wanted)}, as in the choices fitted", argument="offers")
    cells = {name: offers[:, j] for j, name in enumerate(given)}
    empty = {name: _empty(column) for name, column in cells.items()}
    nothing: NDArray[np.bool_] = np.all([empty[name] for name in attributes], axis=0)
    if nothing.any() and "none" not in worths:
        raise InvalidInput(
            "has no attributes; this model was fitted without the option to buy nothing",
            argument="offers",
            rows=np.flatnonzero(nothing).tolist(),
        )
    utility = np.where(nothing, worths.get("none", 0.0), 0.0)
    for name in wanted:
        _refuse_gaps(empty[name] & ~nothing, "offers")
        worth = _levels if f"base_{name}" in model else _numbers
        utility += worth(cells[name], name, worths, model)
    odds = np.exp(utility - utility.max())
    return odds / odds.sum()


def _tasks(chosen: Floats, task: Cells | None) -> NDArray[np.intp]:
    """Number of the task of each row, 0 ... tasks - 1, with one choice in each."""
    n, picks = chosen.size, int(np.nansum(chosen))
    if not np.isin(chosen, [0, 1]).all():
        raise InvalidInput(
            "must be 1 for the alternative chosen and 0 for the others",
            argument="choice",
            rows=np.flatnonzero(~np.isin(chosen, [0, 1])).tolist(),
        )
    if picks == 0:
        raise NotAvailable("no alternative is marked as chosen", argument="choice")
    if task is None:
        if n % picks:
            raise InvalidInput(
                f"{n} rows with {picks} chosen are not tasks of equal size; put the task's number in a column before "
                "the choice",
                argument="choice",
            )
        tasks = np.arange(n) // (n // picks)
    else:
        numbers: dict[Any, int] = {}
        tasks = np.array([numbers.setdefault(name, len(numbers)) for name in task], dtype=np.intp)
    wrong = np.bincount(tasks, weights=chosen)[tasks] != 1
    if wrong.any():
        raise InvalidInput(
            "each task needs exactly one chosen alternative; this row's task has none, or several",
            argument="choice",
            rows=np.flatnonzero(wrong).tolist(),
        )
    return tasks


def _attribute(name: str, model: Mapping[str, Any]) -> str:
    """The attribute of a part-worth: "brand" of "brand=Acme"."""
    attribute = name.split("=", 1)[0]
    return attribute if f"base_{attribute}" in model else name


def _numbers(cells: Cells, name: str, worths: Mapping[str, float], model: Mapping[str, Any]) -> Floats:
    del model
    for row, cell in enumerate(cells):
        if cell is not None and not isinstance(cell, (int, float)):
            raise InvalidInput(f"{name} is a number in this model", argument="offers", rows=[row], value=cell)
    return worths[name] * np.array([0.0 if cell is None else float(cell) for cell in cells])


def _levels(cells: Cells, name: str, worths: Mapping[str, float], model: Mapping[str, Any]) -> Floats:
    known = {str(model[f"base_{name}"]): 0.0}
    known |= {key[len(name) + 1 :]: worth for key, worth in worths.items() if key.startswith(f"{name}=")}
    for row, cell in enumerate(cells):
        if cell is not None and str(cell) not in known:
            raise InvalidInput(
                f"the model knows {name} as {', '.join(known)}", argument="offers", rows=[row], value=cell
            )
    return np.array([0.0 if cell is None else known[str(cell)] for cell in cells])


def _empty(cells: Cells) -> NDArray[np.bool_]:
    return np.asarray(cells == None, dtype=np.bool_)  # noqa: E711  element by element


def _refuse_gaps(gaps: NDArray[np.bool_], argument: str) -> None:
    if gaps.any():
        raise InvalidInput(
            "an attribute is empty; only the option to buy nothing has none, and then no attribute at all",
            argument=argument,
            rows=np.flatnonzero(gaps).tolist(),
        )
