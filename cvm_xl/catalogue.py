"""One declaration of a function, from which every host, help text and derived test comes.

`@function` reads the signature (annotated with `cvm_xl.kinds`) and the docstring, and registers a `Function`.
Called from Python with arrays, a `Function` is the plain function. `Function.cells` evaluates it as a cell would.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_type_hints

import numpy as np
from numpy.typing import NDArray

from cvm_xl import cells as c
from cvm_xl.errors import CvmError, InvalidInput, NotAvailable
from cvm_xl.kinds import Aligned, Column, Columns, Matrix, Named, Params, Scalar, Series, Shape

__all__ = ["Answer", "Arg", "Example", "Function", "call", "function", "registered"]

Gives = Literal["column", "table", "params", "grid"]
WHOLE_COLUMN = 65_536
"""From this height on, empty rows at the end are taken for the unused rest of a reference such as C:C."""

_registry: dict[str, Function] = {}


@dataclass(frozen=True)
class Arg:
    """One argument as hosts and help need it."""

    name: str
    shape: Shape
    required: bool
    default: Any


@dataclass(frozen=True)
class Example:
    """Arguments as a user types them, and what they give."""

    args: tuple[Any, ...]
    named: Mapping[str, Any]
    gives: Any


def call(*args: Any, gives: Any, **named: Any) -> Example:
    """An example: `call(100, [[40]], [[10]], gives=130)`."""
    return Example(args, named, gives)


@dataclass(frozen=True)
class Answer:
    """What a cell shows: a scalar or a grid, and what is to say about rows that failed."""

    value: Any
    messages: tuple[str, ...] = ()


@dataclass
class _Block:
    """The aligned arguments of one call: which rows of the sheet carry data, and what is wrong in some."""

    height: int = 1
    header: bool = False
    rows: NDArray[np.intp] = field(default_factory=lambda: np.zeros(1, dtype=np.intp))
    bad: dict[int, CvmError] = field(default_factory=dict[int, CvmError])


@dataclass(frozen=True)
class Function:
    """A function of the catalogue.

    `gives` is the result's shape; `rowwise` says that an error concerns its own row only; `names` that the header's
    names appear in the result.
    """

    name: str
    family: str
    gives: Gives
    rowwise: bool
    source: str
    example: Example
    args: tuple[Arg, ...]
    summary: str
    doc: str
    plain: Callable[..., Any]

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.plain(*args, **named)

    def cells(self, *args: Any, **named: Any) -> Answer:
        """Evaluate as a cell would: scalars and grids of cells in, a scalar or grid of cells out.

        Raises
        ------
        CvmError
            When there is no answer at all; an error in some rows of a row-wise function stands in those rows.
        """
        given = self._bind(args, named)
        block, values = self._read(given)
        if not len(block.rows):
            return Answer(c.scalar_or_grid(self._blanks(block)))
        if not self.rowwise:
            for row, error in sorted(block.bad.items()):
                error.rows = [row]
                raise _placed(error, block)
            try:
                return self._write(self.plain(**values), block, block.rows)
            except CvmError as error:
                raise _placed(error, block) from error
        return self._by_rows(values, block)

    def _bind(self, args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        known = [arg.name for arg in self.args]
        if len(args) > len(known):
            raise InvalidInput(f"{self.name} takes at most {len(known)} arguments: {', '.join(known)}")
        given = dict(zip(known, args, strict=False))
        for name, value in named.items():
            if name not in known:
                raise InvalidInput(f"{self.name} has no argument {name}; it has {', '.join(known)}")
            if name in given:
                raise InvalidInput("is given twice", argument=name)
            given[name] = value
        return given

    # Reading: grids -> typed arrays

    def _read(self, given: dict[str, Any]) -> tuple[_Block, dict[str, Any]]:
        grids: dict[str, c.Grid] = {}
        params: dict[str, Any] = {}
        for name, value in given.items():
            if isinstance(value, dict):
                params[name] = cast("dict[str, Any]", value)
            elif value is not None and value != "":
                try:
                    grids[name] = c.to_grid(value)
                except CvmError as error:
                    error.argument = name
                    raise
        by_name = {arg.name: arg for arg in self.args}
        for arg in self.args:
            if isinstance(arg.shape, Column) and arg.shape.table and arg.name in grids:
                _spread(arg.name, grids, by_name)
        # One empty cell given to an optional argument is the argument left out.
        for arg in self.args:
            if not arg.required and arg.name in grids and grids[arg.name].size == 1 and c.blank(grids[arg.name]).all():
                del grids[arg.name]
        block = _align({n: g for n, g in grids.items() if isinstance(by_name[n].shape, Aligned)}, by_name)
        values: dict[str, Any] = {}
        for arg in self.args:
            if arg.name in params:
                values[arg.name] = params[arg.name]
            elif isinstance(arg.shape, Aligned):
                if arg.name in grids:
                    values[arg.name] = _aligned(arg, grids[arg.name], block)
                elif not arg.required:
                    values[arg.name] = _default_rows(arg, len(block.rows))
                elif len(block.rows) and not self._all_empty(grids, by_name):
                    raise InvalidInput("is missing; it is required", argument=arg.name)
                else:  # an empty cell where nothing else is given: the blank row of a filled-down formula
                    block.rows = block.rows[:0]
            elif arg.name in grids:
                values[arg.name] = _free(arg, grids[arg.name])
            elif arg.required:
                if isinstance(arg.shape, Scalar) and any(isinstance(a.shape, Aligned) for a in self.args):
                    raise InvalidInput("is missing; it is required", argument=arg.name)
                raise InvalidInput("is missing; it is required", argument=arg.name)
            else:
                values[arg.name] = arg.default
        return block, values

    def _all_empty(self, grids: Mapping[str, c.Grid], by_name: Mapping[str, Arg]) -> bool:
        return all(c.blank(g).all() for n, g in grids.items() if isinstance(by_name[n].shape, Aligned))

    # Running and writing: typed arrays -> cells

    def _by_rows(self, values: dict[str, Any], block: _Block) -> Answer:
        errors = dict(block.bad)
        keep = np.array([i for i in range(len(block.rows)) if i not in errors], dtype=np.intp)
        aligned = [a.name for a in self.args if isinstance(a.shape, Aligned) and a.name in values]
        result: Any = None
        while len(keep):
            taken = {n: _take(v, keep) if n in aligned else v for n, v in values.items()}
            try:
                result = self.plain(**taken)
                break
            except CvmError as error:
                if not error.rows:
                    raise
                for row in error.rows:
                    errors[int(keep[row])] = error
                keep = np.delete(keep, error.rows)
        if errors and len(block.rows) == 1 and block.height == 1:
            raise errors[0]
        if result is None:  # every row failed: the header of a table is unknown, so the first error is the answer
            if self.gives == "table" or self.gives == "grid":
                first = min(errors)
                raise _placed(_with_rows(errors[first], first), block)
            result = np.empty(0)
        said = tuple(
            errors[row].text(row=int(block.rows[row]) + (1 if block.header else 0)) for row in sorted(errors)[:100]
        )
        return self._write(result, block, block.rows[keep], {int(block.rows[r]): e for r, e in errors.items()}, said)

    def _write(
        self,
        result: Any,
        block: _Block,
        rows: NDArray[np.intp],
        errors: Mapping[int, CvmError] | None = None,
        messages: tuple[str, ...] = (),
    ) -> Answer:
        if self.gives == "params":
            return Answer([[str(k), c.to_cell(v)] for k, v in result.items()])
        if self.gives == "table":
            table = {str(k): np.asarray(v) for k, v in result.items()}
            body = [list(map(c.to_cell, row)) for row in zip(*table.values(), strict=True)]
            if self.rowwise:
                body = _scatter(body, len(table), block, rows, errors or {}, header=False)
            return Answer([list(table), *body], messages)
        array = np.asarray(result)
        array = array.reshape(-1, 1) if array.ndim < 2 else array
        body = (
            [list(map(c.to_cell, row)) for row in array.tolist()]
            if array.dtype != object
            else [list(map(c.to_cell, row)) for row in array]
        )
        if any(isinstance(a.shape, Aligned) for a in self.args):
            body = _scatter(body, array.shape[1], block, rows, errors or {}, header=block.header)
        return Answer(c.scalar_or_grid(body), messages)

    def _blanks(self, block: _Block) -> list[list[Any]]:
        return [[None]] * (block.height + (1 if block.header else 0))


def _scatter(
    body: list[list[Any]],
    width: int,
    block: _Block,
    rows: NDArray[np.intp],
    errors: Mapping[int, CvmError],
    *,
    header: bool,
) -> list[list[Any]]:
    """Rows of results at the rows of their input: blank where the input was, an error where it failed."""
    if len(rows) == block.height and not errors:
        return [[None] * width, *body] if header else body
    full: list[list[Any]] = [[None] * width for _ in range(block.height)]
    for row, cells in zip(rows, body, strict=True):
        full[int(row)] = cells
    for row, error in errors.items():
        full[row] = [c.ExcelError(error.code)] * width
    return [[None] * width, *full] if header else full


def _placed(error: CvmError, block: _Block) -> CvmError:
    """An error whose rows, so far among rows with data, count from the top of the range the user gave."""
    if error.rows and len(block.rows):
        shift = 1 if block.header else 0
        error.rows = [int(block.rows[r]) + shift if r < len(block.rows) else r for r in error.rows]
    return error


def _with_rows(error: CvmError, row: int) -> CvmError:
    error.rows = [row]
    return error


def _take(value: Any, keep: NDArray[np.intp]) -> Any:
    if value is None:
        return None
    if isinstance(value, Named):
        return Named(value.values[keep], value.names, value.labels and [value.labels[i] for i in keep])
    return value[keep]


def _spread(name: str, grids: dict[str, c.Grid], by_name: Mapping[str, Arg]) -> None:
    """A whole table given for one argument: each column goes to the argument of its name."""
    grid = grids[name]
    heads = [str(cell).strip().casefold() if isinstance(cell, str) else "" for cell in grid[0]]
    if grid.shape[1] < 2 or name not in heads:
        return
    for j, head in enumerate(heads):
        if head == name or (head in by_name and head not in grids and isinstance(by_name[head].shape, Column)):
            grids[head] = grid[:, j : j + 1]


def _align(grids: dict[str, c.Grid], by_name: Mapping[str, Arg]) -> _Block:
    """Give aligned grids one height, without header and blank rows; grids are changed in place by `_aligned`."""
    for name, grid in grids.items():
        shape = by_name[name].shape
        if isinstance(shape, Column) and grid.shape[1] > 1:
            if grid.shape[0] > 1:
                raise InvalidInput(f"must be one column; it has {grid.shape[1]}", argument=name)
            grids[name] = grid.reshape(-1, 1)
    if not grids:
        return _Block()
    tall = {n: g for n, g in grids.items() if g.shape[0] > 1}
    if not tall:
        block = _Block()
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
    return _Block(height=height, header=header, rows=np.flatnonzero(used))


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


def _aligned(arg: Arg, grid: c.Grid, block: _Block) -> Any:
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
        if len(cells) > 1 and _has_header(cells.reshape(-1, 1), shape.value.what == "date"):
            cells = cells[1:]
        cells = cells[~c.blank(cells.reshape(-1, 1)).ravel()]
        array, bad = c.column(cells, shape.value, arg.name)
        if bad:
            raise _with_rows(bad[min(bad)], min(bad))
        if not len(array):
            raise InvalidInput("is empty; fill it in", argument=arg.name)
        return array
    return _matrix(arg, cast("Matrix", shape), grid)


def _matrix(arg: Arg, shape: Matrix, grid: c.Grid) -> Any:
    names: list[str] | None = None
    labels: list[str] | None = None
    used = ~c.blank(grid)
    grid = grid[: int(np.flatnonzero(used.any(axis=1))[-1]) + 1] if used.any() else grid
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
            raise _with_rows(bad[min(bad)], min(bad))
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


def function(
    family: str,
    *,
    gives: Gives,
    source: str,
    example: Example,
    rowwise: bool = False,
) -> Callable[[Callable[..., Any]], Function]:
    """Declare a function of the catalogue; its docstring's first line is its help."""

    def declare(plain: Callable[..., Any]) -> Function:
        name = plain.__name__
        if name in _registry:
            raise ValueError(f"{name} is declared twice")
        if not re.fullmatch(r"CVM(_[A-Z0-9]+)+", name):
            raise ValueError(f"{name} must be CVM_ and words in capitals")
        hints = get_type_hints(plain, include_extras=True)
        args: list[Arg] = []
        for parameter in inspect.signature(plain).parameters.values():
            shapes = [m for m in getattr(hints[parameter.name], "__metadata__", ()) if isinstance(m, Shape)]
            if len(shapes) != 1:
                raise TypeError(f"{name}: argument {parameter.name} needs one kind")
            required = parameter.default is parameter.empty
            args.append(Arg(parameter.name, shapes[0], required, None if required else parameter.default))
        doc = inspect.cleandoc(plain.__doc__ or "")
        made = Function(name, family, gives, rowwise, source, example, tuple(args), doc.split("\n", 1)[0], doc, plain)
        _registry[name] = made
        return made

    return declare


def registered() -> dict[str, Function]:
    """Functions declared so far, by name; `cvm_xl.functions.load` declares all."""
    return dict(_registry)
