"""Formulas over the columns of a table, frozen so that they apply to new rows.

A formula comes from a study, and a study from a stranger: before anything is evaluated, every
name in it must be a column or one of a few functions, and every sign one of a few operators.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from inroads.errors import InputError, Problem
from inroads.tables.cells import cell_text
from inroads.tables.faults import cell_problems, no_numbers
from inroads.tables.grammar import (
    FUNCTIONS,
    Spelling,
    categories_of,
    columns_of,
    parse,
    refusal,
)
from inroads.tables.naming import suggestion
from inroads.tables.schema import row_numbers

_INTERCEPT = "Intercept"
#: Numbers are floats throughout; a level that is a year is not called 1990.0.
_WHOLE = re.compile(r"\[(T\.)?(-?\d+)\.0\]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class DesignSpec:
    """A formula fixed on some rows: its matrix columns, the levels of each category, and in `spec`
    what curves were fixed on.
    """

    formula: str
    spelt: Spelling
    columns: tuple[str, ...]
    used: tuple[str, ...]
    levels: Mapping[str, tuple[Any, ...]]
    spec: Any


def design_matrix(
    formula: str, data: pd.DataFrame, rows: np.ndarray | None = None
) -> tuple[pd.DataFrame, DesignSpec]:
    """The matrix of a formula (rows of `data` × its columns, float64) and what replays it.

    The formula is formulaic's, right side only ('1 + log(price) + C(manufacturer)'); it has an
    intercept unless it says 0 or -1. Names of more than a word stand in backticks. poly(x, 2),
    bs(x, df=4) and cr(x, df=4) are fixed on these rows; bs ends at their range. Columns of text are
    categories; the first level is left out beside an intercept: the first of pandas' categories
    where they have an order, of the alphabet otherwise. `rows`: what messages call the rows (see
    `row_numbers`). Raises `InputError` for anything a formula may not hold (before any of it is
    evaluated), for a blank cell, a cell that is no number in a column of numbers, and a value that
    is not finite.
    """
    tree, spelt = parse(formula, data)
    used = tuple(dict.fromkeys(map(spelt.column, columns_of(tree))))
    marked = set(map(spelt.column, categories_of(tree)))
    categories = marked | {n for n in used if not is_numeric_dtype(data[n])}
    _check_cells(formula, data, used, rows, categories=marked)
    levels = {name: _levels(data[name]) for name in sorted(categories)}
    matrix, spec = _evaluate(formula, spelt, spelt.formula, data, used, levels=levels, rows=rows)
    return matrix, DesignSpec(
        formula=formula,
        spelt=spelt,
        columns=tuple(matrix.columns),
        used=used,
        levels=levels,
        spec=spec,
    )


def apply(spec: DesignSpec, data: pd.DataFrame) -> pd.DataFrame:
    """The same columns for new rows: what `design_matrix` fixed, replayed on `data`.

    Raises `InputError` for a missing column, a level that the first rows did not have, a blank
    cell, and a value that is not finite.
    """
    missing = [name for name in spec.used if name not in data.columns]
    if missing:
        raise refusal(
            spec.formula,
            f"no column {missing[0]}",
            suggestion(missing[0], map(str, data.columns)) or "add the column.",
        )
    _check_cells(spec.formula, data, spec.used, None, categories=set(spec.levels))
    problems = [
        Problem(
            file=f"formula '{spec.formula}'",
            row=row,
            column=name,
            value=cell_text(cell),
            expected=f"one of the levels {', '.join(map(cell_text, levels))}",
            remedy="correct the cell, or build the matrix from rows that have this level.",
        )
        for name, levels in spec.levels.items()
        for row, cell in zip(row_numbers(data), data[name], strict=True)
        if cell not in levels
    ]
    if problems:
        raise InputError(problems)
    return _evaluate(spec.formula, spec.spelt, spec.spec, data, spec.used, levels=spec.levels)[0]


def _check_cells(
    formula: str,
    data: pd.DataFrame,
    used: tuple[str, ...],
    rows: np.ndarray | None,
    *,
    categories: set[str],
) -> None:
    where = f"formula '{formula}'"
    problems = [
        Problem(
            file=where,
            row=row,
            column=name,
            value=None,
            expected="a value",
            remedy="fill in the cell, or drop the row.",
        )
        for name in used
        if (blank := data[name].isna()).any()
        for row in np.array(row_numbers(data, rows))[blank]
    ]
    for name in used:
        places = no_numbers(data[name], name in categories)
        if len(places):
            problems += cell_problems(data[name], places, row_numbers(data, rows), where)
    if problems:
        raise InputError(problems)


def _levels(column: pd.Series) -> tuple[Any, ...]:
    """The levels of a category, the base first."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        present = set(column)
        return tuple(level for level in column.cat.categories if level in present)
    return tuple(sorted(set(column), key=None if is_numeric_dtype(column) else str))


def _data(column: pd.Series, levels: tuple[Any, ...] | None) -> Any:
    """A column as formulaic is to see it: numbers, or the levels of a category in their order."""
    if levels is None:
        return column.to_numpy(dtype="float64")
    if is_numeric_dtype(column):
        return column
    return pd.Categorical(column.astype(object), list(levels))


def _evaluate(
    formula: str,
    spelt: Spelling,
    source: Any,
    data: pd.DataFrame,
    used: tuple[str, ...],
    *,
    levels: Mapping[str, tuple[Any, ...]],
    rows: np.ndarray | None = None,
) -> tuple[pd.DataFrame, Any]:
    plain = None if levels else _plain_terms(spelt.formula)
    if plain is not None:
        ones = np.ones(len(data))
        values = {name: data[name].to_numpy("float64") for name in used}
        columns = {
            spelt.as_written(name): ones if name == _INTERCEPT else values[spelt.column(name)]
            for name in plain
        }
        return _finite(formula, pd.DataFrame(columns, index=data.index), rows), spelt.formula
    # Not for plain columns: it takes longer to load than they to be read.
    import formulaic
    from formulaic.errors import FormulaicError
    from formulaic.transforms import natural_cubic_spline

    # Centred, or an intercept or fixed effects would explain one of its columns.
    cr = partial(natural_cubic_spline, constraints="center")
    update_wrapper(cr, natural_cubic_spline)  # formulaic marks what remembers

    stand_ins = {column: stand_in for stand_in, column in spelt.columns.items()}
    frame = pd.DataFrame(
        {stand_ins.get(name, name): _data(data[name], levels.get(name)) for name in used},
        index=data.index,
    )
    try:
        with np.errstate(all="ignore"):
            modelled = formulaic.model_matrix(
                source, frame, context={**FUNCTIONS, "cr": cr}, na_action="ignore"
            )
    except (
        FormulaicError,
        ArithmeticError,
        ValueError,
        TypeError,
        SyntaxError,
        RecursionError,
    ) as error:
        message = spelt.as_written(_COLOUR.sub("", str(error)).strip())
        if "extrapolation" in message:
            raise refusal(
                formula,
                "values beyond those on which bs was fixed",
                "write cr(...), which goes on as a line there.",
            ) from error
        raise refusal(formula, message) from error
    matrix = pd.DataFrame(
        {
            spelt.as_written(_WHOLE.sub(r"[\1\2]", str(name))): np.asarray(
                modelled[name], dtype="float64"
            )
            for name in modelled.columns
        },
        index=data.index,
    )
    return _finite(formula, matrix, rows), modelled.model_spec


def _plain_terms(formula: str) -> list[str] | None:
    """The columns of a formula that adds up columns of the table, None where it does more."""
    if ":" in formula:
        return None
    tree: ast.AST = ast.parse(formula.strip(), mode="eval").body
    names: list[str] = []
    intercept: bool | None = None
    while True:
        term: ast.AST = tree.right if isinstance(tree, ast.BinOp) else tree
        match term:
            case ast.Name(id=name):
                names.insert(0, name)
            case ast.Constant(value=0 | 1 as value) if intercept is None:
                intercept = bool(value)
            case _:
                return None
        if not isinstance(tree, ast.BinOp):
            break
        if not isinstance(tree.op, ast.Add):
            return None
        tree = tree.left
    first = [_INTERCEPT] if intercept is not False else []
    return [*first, *dict.fromkeys(names)]


def _finite(formula: str, matrix: pd.DataFrame, rows: np.ndarray | None) -> pd.DataFrame:
    """The matrix; InputError where a value is not finite."""
    bad = [
        Problem(
            file=f"formula '{formula}'",
            row=row_numbers(matrix, rows)[place],
            column=name,
            value=str(matrix[name].iloc[place]),
            expected="a finite number",
            remedy="mend the cell or the formula (the logarithm of nothing, a division by zero).",
        )
        for name in matrix.columns
        for place in np.flatnonzero(~np.isfinite(matrix[name].to_numpy()))
    ]
    if bad:
        raise InputError(bad)
    return matrix
