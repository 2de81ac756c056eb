"""Formulas over the columns of a table, frozen so that they apply to new rows.

A formula comes from a study, and a study from a stranger: before anything is evaluated, every
name in it must be a column or one of a few functions, and every sign one of a few operators.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import formulaic
import numpy as np
import pandas as pd
from formulaic.errors import FormulaicError
from pandas.api.types import is_numeric_dtype

from inroads.errors import InputError, Problem
from inroads.tables.schema import row_numbers, suggestion


def _as_written(x: Any) -> Any:
    return x


#: I(1 / income) is arithmetic; outside of I, * and / combine terms.
FUNCTIONS = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs, "I": _as_written}
CATEGORY = "C"
LONGEST = 2000
HIGHEST_POWER = 9
MOST_TERMS = 5000

_STRANGE = re.compile(r"[^A-Za-z0-9_.+\-*/:() ]")
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UAdd, ast.USub)
_REMEDY = (
    "use column names, numbers, + - * / ** : and log, exp, sqrt, abs of columns, "
    "I(...) for arithmetic, C(column) for a category."
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class DesignSpec:
    """A formula fixed on some rows: its matrix columns, and the levels of each category."""

    formula: str
    columns: tuple[str, ...]
    used: tuple[str, ...]
    levels: Mapping[str, tuple[Any, ...]]
    spec: Any


def design_matrix(formula: str, data: pd.DataFrame) -> tuple[pd.DataFrame, DesignSpec]:
    """The matrix of a formula (rows of `data` × its columns, float64) and what replays it.

    The formula is formulaic's, right side only ('1 + log(price) + C(maker)'); it has an intercept
    unless it says 0 or -1. Columns of text are categories; the first level is left out beside an
    intercept. Raises `InputError` for anything a formula may not hold (before any of it is
    evaluated), for a blank cell, and for a value that is not finite.
    """
    tree = _parse(formula, data)
    used = tuple(dict.fromkeys(_columns(tree)))
    categories = set(_categories(tree)) | {n for n in used if not is_numeric_dtype(data[n])}
    _check_blank(formula, data, used)
    levels = {name: tuple(sorted(set(data[name]), key=str)) for name in sorted(categories)}
    matrix, spec = _evaluate(formula, formula, data, used, levels)
    return matrix, DesignSpec(formula, tuple(matrix.columns), used, levels, spec)


def apply(spec: DesignSpec, data: pd.DataFrame) -> pd.DataFrame:
    """The same columns for new rows: what `design_matrix` fixed, replayed on `data`.

    Raises `InputError` for a missing column, a level that the first rows did not have, a blank
    cell, and a value that is not finite.
    """
    missing = [name for name in spec.used if name not in data.columns]
    if missing:
        raise _refusal(
            spec.formula,
            f"no column {missing[0]}",
            suggestion(missing[0], map(str, data.columns)) or "add the column.",
        )
    _check_blank(spec.formula, data, spec.used)
    problems = [
        Problem(
            f"formula '{spec.formula}'",
            row,
            name,
            str(cell),
            f"one of the levels {', '.join(map(str, levels))}",
            "correct the cell, or build the matrix from rows that have this level.",
        )
        for name, levels in spec.levels.items()
        for row, cell in zip(row_numbers(data), data[name], strict=True)
        if cell not in levels
    ]
    if problems:
        raise InputError(problems)
    return _evaluate(spec.formula, spec.spec, data, spec.used, spec.levels)[0]


def _refusal(formula: str, found: str, remedy: str = _REMEDY) -> InputError:
    shown = formula if len(formula) <= 200 else f"{formula[:200]}..."
    return InputError.single(
        expected="a formula of columns and functions that are allowed",
        found=found,
        where=f"formula '{shown}'",
        remedy=remedy,
    )


def _parse(formula: str, data: pd.DataFrame) -> ast.expr:
    if len(formula) > LONGEST:
        raise _refusal(formula, f"{len(formula)} characters", f"keep it under {LONGEST}.")
    found = _STRANGE.search(formula)
    strange = f"the character {found[0]!r}" if found else None
    try:
        # To Python's grammar an interaction is one more product.
        tree = ast.parse(formula.strip().replace(":", "*"), mode="eval").body
        _check(tree, formula, {str(column) for column in data.columns})
        terms = _terms(tree)
    except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError) as error:
        raise _refusal(formula, strange or f"something unreadable ({error})") from error
    if strange:
        raise _refusal(formula, strange)
    if terms > MOST_TERMS:
        raise _refusal(formula, f"more than {MOST_TERMS} terms", "multiply out fewer terms.")
    return tree


def _check(node: ast.AST, formula: str, columns: set[str]) -> None:
    """Refuse whatever is not on the list, by name."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return
        case ast.Name(id=name) if name in columns:
            return
        case ast.Name(id=name):
            raise _refusal(formula, f"no column {name}", suggestion(name, columns) or _REMEDY)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name not in {*FUNCTIONS, CATEGORY}:
                raise _refusal(formula, f"the function {name}")
            if name in columns:
                raise _refusal(formula, f"a column named {name}", "rename the column.")
            if name == CATEGORY and not isinstance(argument, ast.Name):
                raise _refusal(formula, f"{CATEGORY} of something that is no column")
            _check(argument, formula, columns)
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)):
            if not power <= HIGHEST_POWER:
                raise _refusal(formula, f"the power {power}", f"keep it to {HIGHEST_POWER}.")
            if not list(_columns(base)):
                raise _refusal(formula, "the power of a number", "write the number itself.")
            _check(base, formula, columns)
        case ast.BinOp(op=ast.Pow()):
            raise _refusal(formula, "a power that is not a plain number")
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
            _check(left, formula, columns)
            _check(right, formula, columns)
        case ast.UnaryOp(op=op, operand=operand) if isinstance(op, _OPERATORS):
            _check(operand, formula, columns)
        case _:
            raise _refusal(formula, f"{type(node).__name__}: {ast.unparse(node)}")


def _columns(tree: ast.AST) -> list[str]:
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return [node.id for node in nodes if id(node) not in functions]


def _categories(tree: ast.AST) -> list[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [
        name
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == CATEGORY
        for name in _columns(call)
    ]


def _terms(node: ast.AST) -> float:
    """At least as many terms as the formula multiplies out to."""
    match node:
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)):
            return float(_terms(base) + 1) ** max(power, 1)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            return (_terms(left) + 1) * (_terms(right) + 1)
        case ast.BinOp(left=left, right=right):
            return _terms(left) + _terms(right)
        case ast.UnaryOp(operand=operand):
            return _terms(operand)
    return 1


def _check_blank(formula: str, data: pd.DataFrame, used: tuple[str, ...]) -> None:
    problems = [
        Problem(f"formula '{formula}'", row, name, None, "a value", "fill in the cell.")
        for name in used
        if (blank := data[name].isna()).any()
        for row in np.array(row_numbers(data))[blank]
    ]
    if problems:
        raise InputError(problems)


def _evaluate(
    formula: str,
    source: Any,
    data: pd.DataFrame,
    used: tuple[str, ...],
    levels: Mapping[str, tuple[Any, ...]],
) -> tuple[pd.DataFrame, Any]:
    frame = pd.DataFrame(
        {name: data[name] if name in levels else data[name].astype("float64") for name in used},
        index=data.index,
    )
    try:
        with np.errstate(all="ignore"):
            found = formulaic.model_matrix(source, frame, context=FUNCTIONS, na_action="ignore")
    except (
        FormulaicError,
        ArithmeticError,
        ValueError,
        TypeError,
        SyntaxError,
        RecursionError,
    ) as error:
        raise _refusal(formula, _COLOUR.sub("", str(error)).strip()) from error
    matrix = pd.DataFrame(
        {str(name): np.asarray(found[name], dtype="float64") for name in found.columns},
        index=data.index,
    )
    bad = [
        Problem(
            f"formula '{formula}'",
            row_numbers(data)[place],
            name,
            str(matrix[name].iloc[place]),
            "a finite number",
            "mend the cell or the formula (the logarithm of nothing, a division by zero).",
        )
        for name in matrix.columns
        for place in np.flatnonzero(~np.isfinite(matrix[name].to_numpy()))
    ]
    if bad:
        raise InputError(bad)
    return matrix, found.model_spec
