"""The grammar of formulas: what may stand in one, checked before anything is evaluated."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd

from inroads.errors import InputError, refuse
from inroads.tables.naming import suggestion


def _as_written(x: Any) -> Any:
    return x


#: I(1 / income) is arithmetic; outside of I, * and / combine terms.
FUNCTIONS = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs, "I": _as_written}
CATEGORY = "C"
#: formulaic's own, which remember what they were fixed on: their settings
CURVES: Mapping[str, tuple[str, ...]] = {
    "poly": ("degree", "raw"),
    "bs": ("df", "degree"),
    "cr": ("df",),
}
LONGEST = 2000
HIGHEST_POWER = 9
MOST_TERMS = 5000
_MOST_OF_A_CURVE = 50

_STRANGE = re.compile(r"[^A-Za-z0-9_.+\-*/:(),= ]")
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UAdd, ast.USub)
_QUOTED = re.compile(r"`([^`]*)`|(\w*[^\W\d_A-Za-z]\w*)")
_REMEDY = (
    "use column names (in backticks where they are more than a word), numbers, + - * / ** : and "
    "log, exp, sqrt, abs of columns, I(...) for arithmetic, C(column) for a category, poly(column, "
    "2), bs(column, df=4), cr(column, df=4) for curves."
)


@dataclass(frozen=True)
class Spelling:
    """A formula whose names are plain: stand-ins for columns whose own are not."""

    formula: str
    columns: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """The column that a name in the formula means."""
        return self.columns.get(name, name)

    def as_written(self, text: str) -> str:
        """Text with the columns' own names, in backticks those of more than a word."""
        for stand_in, column in self.columns.items():
            quoted = column if column.isidentifier() else f"`{column}`"
            text = quoted.join(re.split(rf"\b{stand_in}\b", text))
        return text


def spelling(formula: str, data: pd.DataFrame) -> Spelling:
    """The formula with stand-ins; InputError for a name in backticks that is no column.

    A stand-in is needed for a name with blanks, signs, letters beyond ASCII, or of a function.
    """
    columns = {normalize("NFC", column): column for column in map(str, data.columns)}
    stand_ins: dict[str, str] = {}

    def plain(match: re.Match[str]) -> str:
        name = match[1] if match[2] is None else match[2]
        if name not in columns:
            remedy = suggestion(name, columns)
            if match[1] is None and remedy is None:
                return match[0]  # Not a name at all: its first character is refused.
            raise refusal(formula, f"no column {name}", remedy or "correct the name.")
        if _is_plain(name) and name not in {*FUNCTIONS, *CURVES, CATEGORY}:
            return name
        taken = len(stand_ins)
        stand_in = f"column_{taken}_"
        while stand_in in columns:
            stand_in += "_"
        return stand_ins.setdefault(columns[name], stand_in)

    written = _QUOTED.sub(plain, normalize("NFC", formula))
    return Spelling(written, {stand_in: column for column, stand_in in stand_ins.items()})


def _is_plain(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not iskeyword(name)


def _odd_name(formula: str, data: pd.DataFrame) -> str | None:
    """The longest column named in the formula whose name wants backticks."""
    odd = [
        n
        for n in map(str, data.columns)
        if re.search(r"[^\W\d_]", n)
        and not (n.isidentifier() and not iskeyword(n))
        and re.search(rf"(?<![\w`]){re.escape(n)}(?![\w`])", formula)
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


def parse(formula: str, data: pd.DataFrame) -> tuple[ast.expr, Spelling]:
    """The tree of a formula over the columns of `data`, and how its names are spelt in it.

    Raises InputError for anything not allowed.
    """
    if len(formula) > LONGEST:
        raise refusal(formula, f"{len(formula)} characters", f"keep it under {LONGEST}.")
    spelt = spelling(formula, data)
    try:
        return _tree(formula, spelt, data), spelt
    except InputError as error:
        odd = _odd_name(formula, data)
        if odd is None or "`" in odd:
            raise
        raise refusal(
            formula,
            f"the column '{odd}', whose name is more than a word",
            f"write it in backticks: `{odd}`.",
        ) from error


def _tree(formula: str, spelt: Spelling, data: pd.DataFrame) -> ast.expr:
    plain = spelt.formula
    match = _STRANGE.search(plain)
    strange = f"the character {match[0]!r}" if match else None
    try:
        # To Python's grammar an interaction is one more product.
        tree = ast.parse(plain.strip().replace(":", "*"), mode="eval").body
        _check(tree, formula, {*map(str, data.columns), *spelt.columns} - {*spelt.columns.values()})
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
        case ast.Call(func=ast.Name(id=name), args=[argument, *_]) if name in CURVES:
            _check_curve(node, formula)
            _check(argument, formula, columns)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name not in {*FUNCTIONS, CATEGORY}:
                raise refusal(formula, f"the function {name}")
            if name in columns:
                raise refusal(formula, f"a column named {name}", f"write `{name}` for the column.")
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


def _check_curve(call: ast.Call, formula: str) -> None:
    """Settings of poly, bs, cr: whole numbers, and whether poly is raw."""
    name = getattr(call.func, "id", "")
    settings = CURVES[name]
    given = [(settings[0], value) for value in call.args[1:]]
    given += [(keyword.arg or "**", keyword.value) for keyword in call.keywords]
    if any(curve in CURVES for node in call.args for curve in functions_of(node)):
        raise refusal(formula, f"a curve within {name}", "give it a column.")
    for setting, value in given:
        number = value.value if isinstance(value, ast.Constant) else None
        whole = isinstance(number, int) and 1 <= number <= _MOST_OF_A_CURVE
        if setting == "raw":
            whole = isinstance(number, bool)
        elif isinstance(number, bool):
            whole = False
        if setting not in settings or len(given) > len(settings) or not whole:
            kinds = ", ".join(f"{s}={'True' if s == 'raw' else 3}" for s in settings)
            raise refusal(
                formula, ast.unparse(call), f"{name} takes a column and {kinds}, or some of these."
            )
    if not given:
        raise refusal(formula, ast.unparse(call), f"say how many: {name}(column, {settings[0]}=3).")


def functions_of(tree: ast.AST) -> list[str]:
    """The functions that a formula calls."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call.func.id for call in calls if isinstance(call.func, ast.Name)]


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
