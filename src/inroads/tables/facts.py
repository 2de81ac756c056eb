"""Where each number comes from: a fact known at the study's date, an assumption, or its author."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inroads.errors import InputError, Problem, refuse
from inroads.tables.cells import KEBAB, cell_text, in_unit, parse_number, parse_reference
from inroads.tables.dates import known_on, parse_date, period_end
from inroads.tables.naming import suggestion
from inroads.tables.schema import Schema, check_table, complete, row_numbers
from inroads.tables.schemas import ASSUMPTIONS, FACTS

__all__ = ["LEDGER_COLUMNS", "Facts", "Quantity", "known_on", "parse_date"]

LEDGER_COLUMNS = (
    *("where", "id", "kind", "value", "unit", "low", "high"),
    *("reason", "period", "published", "source", "url", "quote"),
)


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number and its origin.

    Only an assumption has bounds and a reason; a number given by the study's author has neither id
    nor source.

    Parameters
    ----------
    value : float
        As used: percents as fractions, millions written out.
    raw : float
        As written, in `unit`.
    unit : str
        Of `raw`.
    kind : {"fact", "assumed", "given"}
        Where it comes from: facts.csv, assumptions.csv, or the study's author.
    id : str
        Of its row.
    low, high : float, optional
        Bounds of an assumption, as used.
    reason : str
        Of an assumption.
    source, url, published, quote, period : str
        Of a fact: who says so, where, when, in which words, and for which time.
    """

    value: float
    raw: float
    unit: str
    kind: Literal["fact", "assumed", "given"]
    id: str = ""
    low: float | None = None
    high: float | None = None
    reason: str = ""
    source: str = ""
    url: str = ""
    published: str = ""
    quote: str = ""
    period: str = ""


class Facts:
    """The facts known at a date and the assumptions; keeps account of every number it hands out.

    A fact counts as known when the end of its month or year of publication has come. Of several
    known rows of one id the latest period is used, of these the latest published.

    Parameters
    ----------
    facts : DataFrame
        Rows of facts.csv.
    assumptions : DataFrame
        Rows of assumptions.csv.
    as_of : date or str
        The study's date.

    Raises
    ------
    InputError
        With every problem of the two tables.

    Examples
    --------
    >>> import pandas as pd
    >>> from inroads.tables import Facts
    >>> facts = pd.DataFrame([{
    ...     "id": "buyers", "subject": "market", "metric": "buyers", "value": "12",
    ...     "unit": "percent", "period": "2023", "published": "2024-03", "source": "Census",
    ...     "url": "https://example.org", "quote": "12 percent bought",
    ... }])
    >>> assumptions = pd.DataFrame([{
    ...     "id": "aware", "value": "0.5", "unit": "", "low": "0.3", "high": "0.7",
    ...     "reason": "a guess",
    ... }])
    >>> Facts(facts, assumptions, "2024-06").resolve("@buyers", "market.csv").value
    0.12
    """

    as_of: date

    def __init__(self, facts: pd.DataFrame, assumptions: pd.DataFrame, as_of: date | str) -> None:
        problems = [*check_table(facts, FACTS), *check_table(assumptions, ASSUMPTIONS)]
        if problems:
            raise InputError(problems)
        self.as_of = parse_date(as_of)
        self._facts = complete(facts, FACTS)
        published = [known_on(text) for text in self._facts["published"]]
        self._fact_ids = dict.fromkeys(self._facts["id"])
        self._known_from = pd.Series(published, index=self._facts.index, dtype=object)
        self._latest = _latest(self.published)
        rows = complete(assumptions, ASSUMPTIONS).to_dict("records")
        self._assumptions = {row["id"]: _assumed(row) for row in rows}
        self._bounds = {row["id"]: (float(row["low"]), float(row["high"])) for row in rows}
        self._ledger: dict[tuple[str, str], Quantity] = {}

    def assuming(self, id: str, value: float) -> Facts:
        """The same facts, one assumption known to have this value; a ledger of their own.

        Parameters
        ----------
        id : str
            Of the assumption.
        value : float
            As written, in its unit.

        Returns
        -------
        Facts
            A copy.

        Raises
        ------
        KeyError
            Where there is no such assumption.
        """
        other = copy(self)
        old = self._assumptions[id]
        used = in_unit(value, old.unit)
        new = replace(old, raw=value, value=used, low=used, high=used)
        other._assumptions = {**self._assumptions, id: new}
        other._ledger = {}
        return other

    @property
    def published(self) -> pd.DataFrame:
        """The rows of the fact table that were known at `as_of`, as text."""
        return self._facts[[day <= self.as_of for day in self._known_from]]

    def resolve(self, cell: object, where: str, unit: str = "") -> Quantity:
        """The number that a cell stands for: itself, or the first reference known at `as_of`.

        Parameters
        ----------
        cell : object
            A number or a reference, "@id" or "@id|@other".
        where : str
            The place that uses it, for the ledger and for messages.
        unit : str
            Of a plain number.

        Returns
        -------
        Quantity
            The number, with its origin.

        Raises
        ------
        InputError
            When the cell is neither a number nor a reference, an id is in neither table, or nothing
            it refers to was known yet.
        """
        text = cell_text(cell)
        quantity = self._look_up(text, where, unit)
        self._ledger[where, quantity.id] = quantity
        return quantity

    def resolve_column(
        self, table: pd.DataFrame, column: str, schema: Schema
    ) -> NDArray[np.float64]:
        """The numbers of a column, each recorded under the file, the row's key and the column.

        Parameters
        ----------
        table : DataFrame
            Of n rows.
        column : str
            Its column of numbers and references.
        schema : Schema
            Of the table.

        Returns
        -------
        (n,) array
            NaN where the cell is blank.

        Raises
        ------
        InputError
            With every cell that has no value, or one outside the range of the schema's column.
        """
        rule = schema.column(column)
        values = np.full(len(table), np.nan)
        problems: list[Problem] = []
        keys = zip(*(table[name] for name in schema.key), strict=True)
        cells = map(cell_text, table[column])
        for place, (row, key, cell) in enumerate(zip(row_numbers(table), keys, cells, strict=True)):
            if not cell:
                continue
            where = f"{schema.file}: {', '.join(map(str, key))}: {column}"
            try:
                quantity = self.resolve(cell, where, rule.unit)
            except InputError as error:
                problem = error.problems[0]
                problems.append(
                    Problem(
                        file=schema.file,
                        row=row,
                        column=column,
                        value=problem.value,
                        expected=problem.expected,
                        remedy=problem.remedy,
                    )
                )
                continue
            values[place] = quantity.value
            if not rule.admits(quantity.raw, quantity.unit):
                seen = f"{cell}, which is {quantity.raw:g} {quantity.unit}".strip()
                remedy = "correct the number or its unit, or refer to another one."
                problems.append(
                    Problem(
                        file=schema.file,
                        row=row,
                        column=column,
                        value=seen,
                        expected=rule.expected_number,
                        remedy=remedy,
                    )
                )
        if problems:
            raise InputError(problems)
        return values

    def ledger(self) -> pd.DataFrame:
        """Every number handed out.

        Returns
        -------
        DataFrame
            One row for each place and id, with the columns `LEDGER_COLUMNS`; `value`, `low` and
            `high` are as written, in `unit`. In the order of first use; then the facts, known at
            the date, that the reasons of assumptions name.
        """
        used = list(self._ledger.items())
        cited = {
            (f"named by {id}", word): self._latest[word]
            for (_, id), quantity in used
            for word in KEBAB.findall(quantity.reason)
            if word in self._latest
        }
        rows = []
        for (where, id), quantity in [*used, *cited.items()]:
            row = {name: getattr(quantity, name) for name in LEDGER_COLUMNS[1:]}
            low, high = self._bounds.get(id, (np.nan, np.nan))
            rows.append({"where": where, **row, "value": quantity.raw, "low": low, "high": high})
        return pd.DataFrame(rows, columns=list(LEDGER_COLUMNS))

    def _look_up(self, text: str, where: str, unit: str) -> Quantity:
        number = parse_number(text)
        if number is not None:
            return Quantity(value=in_unit(number, unit), raw=number, unit=unit, kind="given")
        ids = parse_reference(text)
        if ids is None:
            raise refuse(
                expected="a number or a reference @id",
                found=text,
                where=where,
                remedy="write a plain number, or @ and the id of a fact or an assumption.",
            )
        unknown = [id for id in ids if id not in self._assumptions and id not in self._fact_ids]
        if unknown:
            raise refuse(
                expected="ids of rows of facts.csv or assumptions.csv",
                found=", ".join(f"@{id}" for id in unknown),
                where=where,
                remedy=suggestion(unknown[0], [*self._fact_ids, *self._assumptions])
                or "add the fact with its source.",
            )
        for id in ids:
            quantity = self._latest.get(id) or self._assumptions.get(id)
            if quantity:
                return quantity
        later = self._facts["id"].isin(ids)
        dates = zip(self._facts["id"][later], self._known_from[later], strict=True)
        raise refuse(
            expected=f"a fact known on {self.as_of}",
            found=f"{text}: " + ", ".join(f"@{id} is known from {day}" for id, day in dates),
            where=where,
            remedy="move the study's date, or add '|@' and the id of something known earlier.",
        )


def _latest(rows: pd.DataFrame) -> dict[str, Quantity]:
    """For each id, its row of the latest period, of these the latest published."""
    chosen: dict[str, tuple[tuple[date, date], Quantity]] = {}
    for row in rows.to_dict("records"):
        age = (period_end(row["period"]), known_on(row["published"]))
        if row["id"] not in chosen or age > chosen[row["id"]][0]:
            chosen[row["id"]] = (age, _fact(row))
    return {id: quantity for id, (_, quantity) in chosen.items()}


def _fact(row: Mapping[Any, str]) -> Quantity:
    raw, unit = float(row["value"]), row["unit"]
    return Quantity(
        value=in_unit(raw, unit),
        raw=raw,
        unit=unit,
        kind="fact",
        id=row["id"],
        source=row["source"],
        url=row["url"],
        published=row["published"],
        quote=row["quote"],
        period=row["period"],
    )


def _assumed(row: Mapping[Any, str]) -> Quantity:
    raw, unit = float(row["value"]), row["unit"]
    low, high = (in_unit(float(row[name]), unit) for name in ("low", "high"))
    return Quantity(
        value=in_unit(raw, unit),
        raw=raw,
        unit=unit,
        kind="assumed",
        id=row["id"],
        low=low,
        high=high,
        reason=row["reason"],
    )
