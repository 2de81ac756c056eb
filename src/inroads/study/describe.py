"""How to write a study, as docs/study.md: python -m inroads.study.describe > docs/study.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from inroads.results.study import MONTHS
from inroads.results.words import Words
from inroads.study.config.config import Config
from inroads.study.config.config_base import Cell, Unit
from inroads.study.config.moves import MovePart
from inroads.study.market.targets import MOMENTS
from inroads.study.shipped import SHIPPED
from inroads.tables.read import read_table
from inroads.tables.schema import Column, Schema
from inroads.tables.schemas import SCHEMAS

#: whose tables and study.toml give the examples, in order
_TEMPLATES = tuple(Path(__file__).parent / name for name in ("template_full", "template"))
_EXAMPLES = (*_TEMPLATES, SHIPPED / "us_2018")
_WRITTEN = {  # examples of what none of them has
    "demand": '[demand]\nestimate = "fit.zip"   # fit.save("fit.zip")\nmarket = "1985"',
    "market.region": '[[market.region]]\nname = "north"\nconsumers = 0.4',
    "consumers.selective": "[consumers]\nselective = { sigma = 1.0, rho = 0.3 }",
    "firms.margin_target": '[firms]\nmargin_target = { channel = "Markt", margin = 0.1 }',
    "plan.sign": '[[plan.sign]]\ninput = "talks-fail"\nbelow = 0.1\nafter = 3',
    "allowance": 'moves = [{ move = "allowance", manufacturer = "Hafner", unit = 0.05 }]',
}
_INTRODUCTION = """\
# Writing a study

<!-- Written by `python -m inroads.study.describe > docs/study.md`; change the code, not this. -->

A study is a folder: tables (CSV, UTF-8, a header) and study.toml, which editors that know TOML
complete from study.schema.json beside it. It holds no code. A workbook of Excel, DIR.xlsx, is one
too: a sheet a table, and one with the lines of study.toml.

    inroads new DIR           # a small commented study that runs; DIR.xlsx: as a workbook
    inroads new DIR --full    # one with firms, negotiations, events and a path
    inroads check DIR         # every problem at once, at both ends of each range; what a run takes
    inroads run DIR           # writes out/NAME: report.html, results.json, tables

Required are the tables facts, assumptions, products, channels, offers, margins and targets, and of
study.toml [study], [market] and, but for tastes that [demand] gives, [parameters]. The rest adds:

| with | the answer also says |
|---|---|
| [demand] | how sure it is of tastes that were estimated, in place of calibrated ones |
| [[scenario]] | what any moves of your own would do |
| [entry] | what entrants sell alone and with partners, and why partners matter |
| [hedonic] | how good products are that were never sold; needed where such are launched |
| [firms] | what channels and manufacturers earn |
| [negotiations], with [entry] and [firms] | on which terms deals are made, whether they last |
| [path], with [negotiations] | what happens from period to period, and what it is worth |
| [path] rank, with shipments.csv | who passes whom in the world |
| launches.csv, with [hedonic] | how past launches turned out, which corrects entrants |
"""
_REFERENCES = """\
## Numbers and references

Wherever a number stands below, in a table or in study.toml, it is a number (1000.5: no
thousands signs, no currency, no percent sign) or a reference: `@id` in a table, `"@id"` in
study.toml. Where this page says "plain number", a reference will not do.

- `@id` is the value of the row of facts.csv or assumptions.csv with this id, in that row's unit.
- `@id|@other` is the first of them that was known on `study.as_of`. An assumption is always
  known, so it comes last.
- Where several rows of facts.csv share an id, the one of the latest period counts, of these the
  latest published; rows published after `as_of` are not there.
- A date is written 2017, 2017-11 or 2017-11-30. What was published in 2017-11 is known from the
  last day of November, what was published in 2017 from the last day of that year. An event counts
  when both its `date` and its `published` have come.
- `inroads run DIR --as-of 2017-06-30` asks on another day.

A row's unit scales its number: one that begins with percent is divided by 100, with million or
billion written out; one that ends in "with 19 percent tax" is divided by 1.19, as prices are meant
without value added tax. Plain numbers are in the unit that this page gives; a share of 12 percent
is 0.12, and dollars are what `words.currency` says. Every number that goes in is listed in the
ledger of the page, with its source or its range.
"""


def describe() -> str:
    """The page, as Markdown."""
    per = ", ".join(f"`{name}` ({months:.3g} months)" for name, months in MONTHS.items())
    parts = [
        _INTRODUCTION,
        _REFERENCES,
        "## Periods\n\n"
        f"`study.per` says what a period is: {per}. Units sold, money and odds are counted per "
        "period, unless a unit here says a month or a year. `study.period` names the period of the "
        "data: 2024, 2024Q1, 2024-06 or the day on which a week ends, 2024-06-09.\n",
        "## Tables\n\nKinds of columns: text; id (lower-case words joined by hyphens); number; "
        "date; list (entries joined by ';'). Examples are from studies that come with the "
        "package.\n",
        *map(_table, SCHEMAS.values()),
        "## study.toml\n\n`[name]` is a table, `[[name]]` one of several alike. A key without a "
        "default has to be there.\n",
        *(_section(path, model) for path, model in _sections(Config, "", several=False)),
        "## Moves\n\nWhat `moves` of a [[scenario]] may hold, each with its name as `move`. They "
        "are made in their order, on the market of the data.\n",
        *map(_move, get_args(get_args(MovePart)[0])),
        _targets(),
        _words(),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


# Tables -------------------------------------------------------------------------------------------


def _table(schema: Schema) -> str:
    rows = [
        (
            f"`{column.name}`",
            _kind(column),
            column.unit,
            "required" if column.required else column.default or "blank",
            column.description,
            _cell(schema, column.name),
        )
        for column in schema.columns
    ]
    need = "Optional." if schema.optional else "Required."
    key = " and ".join(f"`{name}`" for name in schema.key)
    return f"### {schema.file}\n\n{schema.purpose} {need} One row for each {key}.\n\n" + _markdown(
        ("column", "kind", "unit", "default", "what it means", "example"), rows
    )


def _kind(column: Column) -> str:
    if column.choices:
        return "one of " + ", ".join(column.choices)
    bounds = column.expected_number.removeprefix("a number ").removesuffix(f" ({column.unit})")
    plain = column.kind if column.references or column.kind != "number" else "plain number"
    return f"{plain}, {bounds}" if bounds != "a finite number" else plain


def _cell(schema: Schema, name: str) -> str:
    """The first cell that is not blank of the studies that come with the package."""
    for folder in _EXAMPLES:
        if (folder / schema.file).exists():
            table = read_table(folder / schema.file)
            cells = [str(cell) for cell in table.get(name, ()) if cell]
            if cells:
                return f"`{cells[0]}`"
    return ""


# study.toml ---------------------------------------------------------------------------------------


def _sections(
    model: type[BaseModel], path: str, *, several: bool
) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table of study.toml that holds keys, with its header."""
    if path and model is not Words:
        yield (f"[[{path}]]" if several else f"[{path}]"), model
    for name, kind in get_type_hints(model, include_extras=True).items():
        if name not in model.model_fields or name in ("moves", "words"):
            continue
        part = _plain_type(kind)
        inner = next((k for k in _within(part) if _is_model(k)), None)
        place = f"{path}.{name}" if path else name
        if get_origin(part) is dict and inner:
            place += ".NAME"
        if inner:
            yield from _sections(inner, place, several=get_origin(part) is tuple)


def _section(header: str, model: type[BaseModel]) -> str:
    path = header.strip("[]")
    words = "" if model.__doc__ is None else " ".join(cleandoc(model.__doc__).split())
    if path == "parameters.NAME":
        words += " " + (Config.model_fields["parameters"].description or "").replace("\n", " ")
    return f"### {header}\n\n{words}\n\n{_keys(model)}{_snippet(path)}"


def _keys(model: type[BaseModel], without: Sequence[str] = ()) -> str:
    hints = get_type_hints(model, include_extras=True)
    rows = [
        (
            f"`{name}`",
            _type_words(hints[name]),
            next(_units(hints[name]), ""),
            _default(field),
            " ".join((field.description or "").split()),
        )
        for name, field in model.model_fields.items()
        if name not in without
    ]
    return _markdown(("key", "type", "unit", "default", "what it means"), rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, "") or isinstance(value, BaseModel):
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain_type(kind: Any) -> Any:
    """A type without what is noted beside it, and without None."""
    if get_origin(kind) is Annotated and kind != Cell:
        return _plain_type(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        options = [k for k in get_args(kind) if k is not NoneType]
        return _plain_type(options[0]) if len(options) == 1 else kind
    return kind


def _within(kind: Any) -> Iterator[Any]:
    """A type and those it is made of."""
    yield kind
    for inner in get_args(kind):
        yield from _within(_plain_type(inner))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _units(kind: Any) -> Iterator[str]:
    """The units noted beside a type, innermost last."""
    for inner in get_args(kind):
        if isinstance(inner, Unit):
            yield inner.name
        elif get_origin(inner) is not Literal:
            yield from _units(inner)


def _type_words(kind: Any) -> str:
    part = _plain_type(kind)
    names = {str: "text", float: "plain number", int: "whole number"}
    if part in names:
        return names[part]
    if part == Cell or set(get_args(part)) == {float, str}:
        return "number"
    if get_origin(part) is Literal:
        return "one of " + ", ".join(map(str, get_args(part)))
    if _is_model(part):
        return "table"
    if get_origin(part) is dict:
        return f"table of {_plural(_type_words(get_args(part)[1]))} by name"
    if get_origin(part) is tuple:
        entry = get_args(part)[0]
        has_models = any(_is_model(k) for k in _within(_plain_type(entry)))
        if get_origin(entry) is Annotated and has_models:
            return "list of moves"
        return f"list of {_plural(_type_words(entry))}"
    return str(getattr(part, "__name__", part))


def _plural(words: str) -> str:
    first, _, rest = words.partition(" of ")
    return f"{first}s of {rest}" if rest else f"{words}s"


# Examples from study.toml of studies that come with the package -----------------------------------


@cache
def _blocks(folder: Path) -> list[tuple[str, str]]:
    """Headers and text of the tables of study.toml."""
    text = (folder / "study.toml").read_text(encoding="utf-8")
    parts = re.split(r"(?m)^(?=\[\[?[a-z.]+\]\]?)", text)[1:]
    return [(part.split("]")[0].strip("["), part) for part in parts]


def _snippet(path: str) -> str:
    """A table as a study has it; where none has, the line of the table around it."""
    around, _, key = path.partition(".NAME")[0].rpartition(".")
    for folder in _EXAMPLES:
        for header, text in _blocks(folder):
            lines = [line for line in text.splitlines() if not line.startswith("#")]
            if header == path.partition(".NAME")[0]:
                return _fenced("\n".join(lines).strip())
            entry = [line for line in lines if re.match(rf"{key}\s*=", line)]
            if around and header == around and entry:
                return _fenced(f"[{around}]\n{entry[0]}")
    return _fenced(_WRITTEN.get(path, ""))


def _move(model: type[BaseModel]) -> str:
    (name,) = get_args(model.model_fields["move"].annotation)
    text = _keys(model, without=("move",)) + _fenced(_move_example(name))
    return f"### {name}\n\n{cleandoc(model.__doc__ or '')}\n\n{text}"


def _move_example(name: str) -> str:
    for folder in _EXAMPLES:
        text = (folder / "study.toml").read_text(encoding="utf-8")
        for example in re.findall(r"\{ move = [^}]*\}", text):
            if tomllib.loads(f"x = {example}")["x"]["move"] == name:
                return f"moves = [{example}]"
    return _WRITTEN.get(name, "")


# Targets and words --------------------------------------------------------------------------------


def _targets() -> str:
    rows = [(f"`{name}`", m.of or "nothing", m.words) for name, m in MOMENTS.items()]
    return (
        "## Targets\n\nWhat `moment` of targets.csv may name. Purchases and units are those of the "
        "market in the period of the data.\n\n" + _markdown(("moment", "of", "what it is"), rows)
    )


def _words() -> str:
    rows = [
        (f"`{name}`", str(field.default), " ".join((field.description or "").split()))
        for name, field in Words.model_fields.items()
    ]
    return (
        "## [words]\n\nThe nouns of the page, in lower case, as they stand within a sentence.\n\n"
        + _markdown(("key", "default", "what it stands for"), rows)
        + _snippet("words")
    )


# Markdown -----------------------------------------------------------------------------------------


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _fenced(text: str) -> str:
    return f"\n```toml\n{text}\n```\n" if text else ""


if __name__ == "__main__":
    print(describe(), end="")
