"""The arguments of one call: from scalars and grids of cells to the arrays a function computes with.

Here live the conventions that hold for every function: headers are skipped, blank rows left out, whole columns trimmed,
one row serves all, a whole table may stand for its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cvm_xl import cells as c
from cvm_xl.errors import CvmError, InvalidInput, NotAvailable
from cvm_xl.kinds import Aligned, Column, Columns, Matrix, Named, Params, Scalar, Series, Shape

__all__ = ["Arg", "Block", "read"]

WHOLE_COLUMN = 65_536
"""From this height on, empty rows at the end are taken for the unused rest of a reference such as C:C."""


@dataclass(frozen=True)
class Arg:
    """One argument as hosts and help need it."""

    name: str
    shape: Shape
    required: bool
    default: Any


@dataclass
class Block:
    """The aligned arguments of one call: which rows of the sheet carry data, and what is wrong in some."""

    height: int = 1
    header: bool = False
    rows: NDArray[np.intp] = field(default_factory=lambda: np.zeros(1, dtype=np.intp))
    bad: dict[int, CvmError] = field(default_factory=dict[int, CvmError])


def read(args: Sequence[Arg], given: Mapping[str, Any]) -> tuple[Block, dict[str, Any]]:
    """Scalars and grids of cells as the typed arrays that the plain function takes.

    Raises
    ------
    CvmError
        What is wrong with the call as a whole. What is wrong in single rows is in `Block.bad`.
    """
    grids: dict[str, c.Grid] = {}
    params: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            params[name] = cast("dict[str, Any]", value)
        elif value is not None and not (isinstance(value, str) and not value):
            try:
                grids[name] = c.to_grid(value)
            except CvmError as error:
                error.argument = name
                raise
    by_name = {arg.name: arg for arg in args}
    for arg in args:
        if isinstance(arg.shape, Column) and arg.shape.table and arg.name in grids:
            _spread(arg.name, grids, by_name)
    # One empty cell given to an optional argument is the argument left out.
    for arg in args:
        if not arg.required and arg.name in grids and grids[arg.name].size == 1 and c.blank(grids[arg.name]).all():
            del grids[arg.name]
    block = _align({n: g for n, g in grids.items() if isinstance(by_name[n].shape, Aligned)}, by_name)
    values: dict[str, Any] = {}
    for arg in args:
        if arg.name in params:
            values[arg.name] = params[arg.name]
        elif isinstance(arg.shape, Aligned):
            if arg.name in grids:
                values[arg.name] = _aligned(arg, grids[arg.name], block)
            elif not arg.required:
                values[arg.name] = _default_rows(arg, len(block.rows))
            elif arg.name not in given or (len(block.rows) and not _all_empty(grids, by_name)):
                raise InvalidInput("is missing; it is required", argument=arg.name)
            else:  # an empty cell where nothing else is given: the blank row of a filled-down formula
                block.rows = block.rows[:0]
        elif arg.name in grids:
            values[arg.name] = _free(arg, grids[arg.name])
        elif arg.required:
            raise InvalidInput("is missing; it is required", argument=arg.name)
        else:
            listed: Any = arg.default
            values[arg.name] = np.array(listed) if isinstance(listed, tuple) else listed  # pyright: ignore[reportUnknownArgumentType]
    return block, values


def _all_empty(grids: Mapping[str, c.Grid], by_name: Mapping[str, Arg]) -> bool:
    return all(c.blank(g).all() for n, g in grids.items() if isinstance(by_name[n].shape, Aligned))


def _spread(name: str, grids: dict[str, c.Grid], by_name: Mapping[str, Arg]) -> None:
    """A whole table given for one argument: each column goes to the argument of its name."""
    grid = grids[name]
    heads = [str(cell).strip().casefold() if isinstance(cell, str) else "" for cell in grid[0]]
    if grid.shape[1] < 2 or name not in heads:
        return
    for j, head in enumerate(heads):
        if head == name or (head in by_name and head not in grids and isinstance(by_name[head].shape, Column)):
            grids[head] = grid[:, j : j + 1]


def _align(grids: dict[str, c.Grid], by_name: Mapping[str, Arg]) -> Block:
    """The height that the aligned grids share, and which of its rows carry data."""
    for name, grid in grids.items():
        shape = by_name[name].shape
        if isinstance(shape, Column) and grid.shape[1] > 1:
            if grid.shape[0] > 1:
                raise InvalidInput(f"must be one column; it has {grid.shape[1]}", argument=name)
            grids[name] = grid.reshape(-1, 1)
    if not grids:
        return Block()
    tall = {n: g for n, g in grids.items() if g.shape[0] > 1}
    if not tall:
        block = Block()
        if all(c.blank(g).all() for g in grids.values()):
            block.rows = block.rows[:0]
        return block
    heights = {n: g.shape[0] for n, g in tall.items()}
    if len(set(heights.values())) > 1:
        most = ", ".join(f"{n} {h}" for n, h in heights.items())
        raise InvalidInput(f"the ranges must have the same number of rows; they have: {most}")
    height = next(iter(heights.values()))
    header = any(_has_header(g, by_name[n].shape.value.what == "date") for n, g in tall.items())
    used = np.zeros(height, dtype=bool)
    for grid in tall.values():
        used |= ~c.blank(grid).all(axis=1)
    if header:
        used = used[1:]
        height -= 1
    if height >= WHOLE_COLUMN:
        height = int(np.flatnonzero(used)[-1]) + 1 if used.any() else 1
        used = used[:height]
    return Block(height=height, header=header, rows=np.flatnonzero(used))


def _has_header(grid: c.Grid, dates: bool) -> bool:
    """A first row of texts above a row that holds a number or date."""
    first = [cell for cell in grid[0] if cell is not None and cell != ""]
    if not first or not all(isinstance(cell, str) and not (dates and c.is_date(cell)) for cell in first):
        return False
    for row in grid[1:]:
        filled = [cell for cell in row if cell is not None and cell != ""]
        if filled:
            return any(
                not isinstance(cell, (str, bool, c.ExcelError)) or (dates and c.is_date(cell)) for cell in filled
            )
    return False


def _aligned(arg: Arg, grid: c.Grid, block: Block) -> Any:
    """An aligned argument as an array of the rows with data; what is wrong goes to the block."""
    shape = cast("Aligned", arg.shape)
    if isinstance(shape, Column) and grid.shape[0] == 1 and grid.shape[1] > 1:
        grid = grid.reshape(-1, 1)
    shared = grid.shape[0] == 1 and (block.height > 1 or block.header)
    if not shared:
        names = [str(cell or "") for cell in grid[0]] if block.header else None
        start = 1 if block.header else 0
        body = grid[start : start + block.height][block.rows]
    else:
        names, body = None, grid
    columns: list[NDArray[Any]] = []
    for j in range(grid.shape[1]):
        array, bad = c.column(body[:, j], shape.value, arg.name)
        if shared and bad:
            raise bad[0]
        empty = np.asarray(c.blank(body[:, j : j + 1]).ravel())
        if empty.any():
            if not arg.required:
                if arg.default is not None:
                    array[empty] = arg.default
            elif shape.blank == "zero":
                array[empty] = 0.0
            elif shape.blank == "error":
                for row in np.flatnonzero(empty):
                    bad.setdefault(int(row), InvalidInput("is empty; fill it in", argument=arg.name))
        for row, error in bad.items():
            block.bad.setdefault(row, error)
        columns.append(np.repeat(array, len(block.rows)) if shared else array)
    if isinstance(shape, Column):
        return columns[0]
    values = np.column_stack(columns)
    return Named(values, names) if isinstance(shape, Columns) and shape.named else values


def _default_rows(arg: Arg, n: int) -> Any:
    if arg.default is None:
        return None
    array = np.full(n, arg.default, dtype=None if isinstance(arg.default, (int, float)) else object)
    return array.astype(float) if array.dtype != object else array


def _free(arg: Arg, grid: c.Grid) -> Any:
    """An argument with a shape of its own."""
    shape = arg.shape
    if isinstance(shape, Scalar):
        if grid.size != 1:
            raise InvalidInput(f"must be one cell; it has {grid.shape[0]} x {grid.shape[1]}", argument=arg.name)
        array, bad = c.column(grid.ravel(), shape.value, arg.name)
        if bad:
            raise bad[0]
        if c.blank(grid).all():
            if arg.required:
                raise InvalidInput("is empty; fill it in", argument=arg.name)
            return arg.default
        value = array[0]
        if shape.value.what == "flag":
            return bool(value)
        if shape.value.whole:
            return int(value)
        return float(value) if shape.value.what == "number" else value
    if isinstance(shape, Params):
        return _params(arg, grid)
    if isinstance(shape, Series):
        if min(grid.shape) != 1:
            raise InvalidInput("must be one row or one column", argument=arg.name)
        cells = grid.ravel()
        headed = shape.value.what in ("number", "date")  # a first text among texts is one of them
        if headed and len(cells) > 1 and _has_header(cells.reshape(-1, 1), shape.value.what == "date"):
            cells = cells[1:]
        cells = cells[~c.blank(cells.reshape(-1, 1)).ravel()]
        array, bad = c.column(cells, shape.value, arg.name)
        if bad:
            raise _first(bad)
        if not len(array):
            raise InvalidInput("is empty; fill it in", argument=arg.name)
        return array
    return _matrix(arg, cast("Matrix", shape), grid)


def _first(bad: c.Bad) -> CvmError:
    row = min(bad)
    bad[row].rows = [row]
    return bad[row]


def _matrix(arg: Arg, shape: Matrix, grid: c.Grid) -> Any:
    names: list[str] | None = None
    labels: list[str] | None = None
    used = ~c.blank(grid)
    if len(grid) >= WHOLE_COLUMN and used.any():
        grid = grid[: int(np.flatnonzero(used.any(axis=1))[-1]) + 1]
    texts = c.texts(grid)
    if grid.shape[0] > 1 and texts[0].all() and not texts[1:].all() and not c.blank(grid[:1]).all():
        names, grid, texts = [str(cell or "") for cell in grid[0]], grid[1:], texts[1:]
    if shape.named and grid.shape[1] > 1 and texts[:, 0].all() and not texts.all():
        labels, grid = [str(cell or "") for cell in grid[:, 0]], grid[:, 1:]
        names = names[1:] if names else None
    columns: list[NDArray[Any]] = []
    for j in range(grid.shape[1]):
        array, bad = c.column(grid[:, j], shape.value, arg.name)
        if bad:
            raise _first(bad)
        columns.append(array)
    values = np.column_stack(columns)
    return Named(values, names, labels) if shape.named else values


def _params(arg: Arg, grid: c.Grid) -> dict[str, Any]:
    shape = cast("Params", arg.shape)
    if grid.shape[1] != 2:
        raise InvalidInput(
            "must be a fitted model: two columns, name and value, as a fit gives them", argument=arg.name
        )
    params: dict[str, Any] = {}
    for name, value in grid:
        if isinstance(value, c.ExcelError):
            raise NotAvailable(f"the row {name} of the model holds {value}", argument=arg.name)
        if name is not None and name != "":
            params[str(name)] = value
    model = params.get("model")
    if shape.models and model not in shape.models:
        raise InvalidInput(
            f"needs the parameters of {' or '.join(shape.models)}, as the fit gives them",
            argument=arg.name,
            value=model,
        )
    return params
