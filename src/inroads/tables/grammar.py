"""The grammar of formulas: what may stand in one, checked before anything is evaluated."""

from __future__ import annotations

import ast
import re
from keyword import iskeyword
from typing import Any

import numpy as np
import pandas as pd

from inroads.errors import InputError, refuse
from inroads.tables.naming import suggestion


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


def _odd_name(formula: str, data: pd.DataFrame) -> str | None:
    """The longest column named in the formula whose name no formula can hold."""
    odd = [
        n
        for n in map(str, data.columns)
        if re.search(r"[^\W\d_]", n)
        and not (n.isidentifier() and n.isascii() and not iskeyword(n))
        and re.search(rf"(?<!\w){re.escape(n)}(?!\w)", formula)
    ]
    return max(odd, key=len, default=None)


def refusal(formula: str, actual: str, remedy: str = _REMEDY) -> InputError:
    """The error that a formula holds what it may not."""
    shown = formula if len(formula) <= 200 else f"{formula[:200]}..."
    return refuse(
        expected="a formula of columns and functions that are allowed",
        found=actual,
        where=f"formula '{shown}'",
        remedy=remedy,
    )


def parse(formula: str, data: pd.DataFrame) -> ast.expr:
    """The tree of a formula over the columns of `data`; InputError for anything not allowed."""
    try:
        return _tree(formula, data)
    except InputError as error:
        odd = _odd_name(formula, data)
        if odd is None:
            raise
        plain = re.sub(r"\W|^(?=\d)", "_", odd, flags=re.ASCII)
        raise refusal(
            formula,
            f"the column '{odd}', whose name a formula cannot hold",
            "rename it, to letters, digits and '_': "
            f"read_panel(..., columns={{'{odd}': '{plain}{'_' * (plain == odd)}'}}).",
        ) from error


def _tree(formula: str, data: pd.DataFrame) -> ast.expr:
    if len(formula) > LONGEST:
        raise refusal(formula, f"{len(formula)} characters", f"keep it under {LONGEST}.")
    match = _STRANGE.search(formula)
    strange = f"the character {match[0]!r}" if match else None
    try:
        # To Python's grammar an interaction is one more product.
        tree = ast.parse(formula.strip().replace(":", "*"), mode="eval").body
        _check(tree, formula, {str(column) for column in data.columns})
        terms = _terms(tree)
    except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError) as error:
        raise refusal(formula, strange or f"something unreadable ({error})") from error
    if strange:
        raise refusal(formula, strange)
    if terms > MOST_TERMS:
        raise refusal(formula, f"more than {MOST_TERMS} terms", "multiply out fewer terms.")
    return tree


def _check(node: ast.AST, formula: str, columns: set[str]) -> None:
    """Refuse whatever is not on the list, by name."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return
        case ast.Name(id=name) if name in columns:
            return
        case ast.Name(id=name):
            raise refusal(formula, f"no column {name}", suggestion(name, columns) or _REMEDY)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name not in {*FUNCTIONS, CATEGORY}:
                raise refusal(formula, f"the function {name}")
            if name in columns:
                raise refusal(formula, f"a column named {name}", "rename the column.")
            if name == CATEGORY and not isinstance(argument, ast.Name):
                raise refusal(formula, f"{CATEGORY} of something that is no column")
            _check(argument, formula, columns)
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)):
            if not power <= HIGHEST_POWER:
                raise refusal(formula, f"the power {power}", f"keep it to {HIGHEST_POWER}.")
            if not list(columns_of(base)):
                raise refusal(formula, "the power of a number", "write the number itself.")
            _check(base, formula, columns)
        case ast.BinOp(op=ast.Pow()):
            raise refusal(formula, "a power that is not a plain number")
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
            _check(left, formula, columns)
            _check(right, formula, columns)
        case ast.UnaryOp(op=op, operand=operand) if isinstance(op, _OPERATORS):
            _check(operand, formula, columns)
        case _:
            raise refusal(formula, f"{type(node).__name__}: {ast.unparse(node)}")


def columns_of(tree: ast.AST) -> list[str]:
    """The columns that a formula names."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return [node.id for node in nodes if id(node) not in functions]


def categories_of(tree: ast.AST) -> list[str]:
    """The columns that stand in C( )."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [
        name
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == CATEGORY
        for name in columns_of(call)
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
