"""What users see: the declarations, one or more modules per family."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

from cvm_xl.catalogue import Function, registered
from cvm_xl.errors import InvalidInput

__all__ = ["MODULES", "get", "load"]

MODULES = (
    "value",
    "profit",
    "price",
    "survey",
    "lifetime_fit",
    "lifetime",
    "lifetime_holdout",
    "lifetime_cohorts",
    "retention",
    "growth",
    "growth_satisfaction",
    "growth_lifecycle",
)


def load() -> dict[str, Function]:
    """All functions of the catalogue by name, in the order of the families, whichever was imported first."""
    order: dict[str, int] = {}
    for number, module in enumerate(MODULES):
        order[import_module(f"cvm_xl.functions.{module}").__name__] = number
    return dict(sorted(registered().items(), key=lambda item: order[item[1].plain.__module__]))


def get(name: str) -> Function:
    """The function of that name, upper or lower case, with or without CVM_."""
    functions = load()
    wanted = name.strip().upper()
    for spelling in (wanted, f"CVM_{wanted}"):
        if spelling in functions:
            return functions[spelling]
    near = get_close_matches(wanted, functions, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "`cvm-xl functions` lists them all"
    raise InvalidInput(f"there is no function {name}; {hint}")
