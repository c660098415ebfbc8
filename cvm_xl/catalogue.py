"""One declaration of a function, from which every host, help text and derived test comes.

`@function` reads the signature (annotated with `cvm_xl.kinds`) and the docstring, and registers a `Function`.
Called from Python with arrays, a `Function` is the plain function. `Function.cells` evaluates it as a cell would.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_type_hints

import numpy as np
from numpy.typing import NDArray

from cvm_xl import cells as c
from cvm_xl.arguments import Arg, Block, read
from cvm_xl.errors import CvmError, InvalidInput, OutOfRange
from cvm_xl.kinds import Aligned, Named, Shape

__all__ = ["Answer", "Arg", "Example", "Function", "call", "function", "registered"]

Gives = Literal["column", "table", "params", "grid"]
BEYOND = "the numbers are too large, or too different in size, to compute with; check their units"
_registry: dict[str, Function] = {}


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


@dataclass(frozen=True)
class Function:
    """A function of the catalogue.

    `gives` is the result's shape; `rowwise` says that an error concerns its own row only.
    """

    name: str
    family: str
    gives: Gives
    rowwise: bool
    source: str
    example: Example
    summary: str
    doc: str
    plain: Callable[..., Any]

    @cached_property
    def args(self) -> tuple[Arg, ...]:
        """The arguments in their order, read from the annotations when first asked for: a start waits for none."""
        hints = get_type_hints(self.plain, include_extras=True)
        args: list[Arg] = []
        for parameter in inspect.signature(self.plain).parameters.values():
            shapes = [m for m in getattr(hints[parameter.name], "__metadata__", ()) if isinstance(m, Shape)]
            if len(shapes) != 1:
                raise TypeError(f"{self.name}: argument {parameter.name} needs one kind")
            required = parameter.default is parameter.empty
            args.append(Arg(parameter.name, shapes[0], required, None if required else parameter.default))
        return tuple(args)

    def __call__(self, *args: Any, **named: Any) -> Any:
        try:
            return self.plain(*args, **named)
        except (OverflowError, np.linalg.LinAlgError) as error:
            raise OutOfRange(BEYOND) from error

    def cells(self, *args: Any, **named: Any) -> Answer:
        """Evaluate as a cell would: scalars and grids of cells in, a scalar or grid of cells out.

        Raises
        ------
        CvmError
            When there is no answer at all; an error in some rows of a row-wise function stands in those rows.
        """
        given = self._bind(args, named)
        block, values = read(self.args, given)
        if not len(block.rows):
            return Answer(c.scalar_or_grid(self._blanks(block)))
        if not self.rowwise:
            for row, error in sorted(block.bad.items()):
                error.rows = [row]
                raise _placed(error, block)
            try:
                return self._write(self(**values), block, block.rows)
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

    # Running and writing: typed arrays -> cells

    def _by_rows(self, values: dict[str, Any], block: Block) -> Answer:
        errors = dict(block.bad)
        keep = np.array([i for i in range(len(block.rows)) if i not in errors], dtype=np.intp)
        aligned = [a.name for a in self.args if isinstance(a.shape, Aligned) and a.name in values]
        result: Any = None
        while len(keep):
            taken = {n: _take(v, keep) if n in aligned else v for n, v in values.items()}
            try:
                result = self(**taken)
                break
            except CvmError as error:
                if not error.rows:
                    raise
                for row in error.rows:
                    errors[int(keep[row])] = error
                keep = np.delete(keep, error.rows)
        if errors and block.height == 1 and not block.header:
            raise errors[0]
        if result is None:  # every row failed: the header of a table is unknown, so the first error is the answer
            if self.gives == "table" or self.gives == "grid":
                first = min(errors)
                errors[first].rows = [first]
                raise _placed(errors[first], block)
            result = np.empty(0)
        said = tuple(
            errors[row].text(row=int(block.rows[row]) + (1 if block.header else 0)) for row in sorted(errors)[:100]
        )
        return self._write(result, block, block.rows[keep], {int(block.rows[r]): e for r, e in errors.items()}, said)

    def _write(
        self,
        result: Any,
        block: Block,
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
        body = c.to_cells(array)
        if any(isinstance(a.shape, Aligned) for a in self.args):
            body = _scatter(body, array.shape[1], block, rows, errors or {}, header=block.header)
        return Answer(c.scalar_or_grid(body), messages)

    def _blanks(self, block: Block) -> list[list[Any]]:
        return [[None]] * (block.height + (1 if block.header else 0))


def _scatter(
    body: list[list[Any]],
    width: int,
    block: Block,
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


def _placed(error: CvmError, block: Block) -> CvmError:
    """An error whose rows, so far among rows with data, count from the top of the range the user gave."""
    if error.rows and len(block.rows):
        shift = 1 if block.header else 0
        error.rows = [int(block.rows[r]) + shift if r < len(block.rows) else r for r in error.rows]
    return error


def _take(value: Any, keep: NDArray[np.intp]) -> Any:
    if value is None:
        return None
    if isinstance(value, Named):
        return Named(value.values[keep], value.names, value.labels and [value.labels[i] for i in keep])
    return value[keep]


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
        doc = inspect.cleandoc(plain.__doc__ or "")
        made = Function(name, family, gives, rowwise, source, example, doc.split("\n", 1)[0], doc, plain)
        _registry[name] = made
        return made

    return declare


def registered() -> dict[str, Function]:
    """Functions declared so far, by name; `cvm_xl.functions.load` declares all."""
    return dict(_registry)
