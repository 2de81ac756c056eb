"""Where each number comes from: a fact known at the study's date, an assumption, or its author."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inroads.errors import InputError, Problem, refuse
from inroads.tables.cells import KEBAB, cell_text, in_unit, parse_number, parse_reference
from inroads.tables.dates import known_on, parse_date
from inroads.tables.naming import suggestion
from inroads.tables.quantities import Quantity, assumed, latest_of
from inroads.tables.schema import Schema, check_table, complete, row_numbers
from inroads.tables.schemas import ASSUMPTIONS, FACTS

__all__ = ["LEDGER_COLUMNS", "Facts", "Quantity", "known_on", "parse_date"]

LEDGER_COLUMNS = (
    *("where", "use", "id", "kind", "value", "unit", "low", "high"),
    *("reason", "period", "published", "source", "url", "quote"),
)


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
        self._latest = latest_of(self.published)
        rows = complete(assumptions, ASSUMPTIONS).to_dict("records")
        self._assumptions = {row["id"]: assumed(row) for row in rows}
        self._bounds = {row["id"]: (float(row["low"]), float(row["high"])) for row in rows}
        self._ledger: dict[tuple[str, str], Quantity] = {}
        self._uses: dict[str, str] = {}

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
        other._ledger, other._uses = {}, {}
        return other

    @property
    def published(self) -> pd.DataFrame:
        """The rows of the fact table that were known at `as_of`, as text."""
        return self._facts[[day <= self.as_of for day in self._known_from]]

    def resolve(self, cell: object, where: str, unit: str = "", use: str = "") -> Quantity:
        """The number that a cell stands for: itself, or the first reference known at `as_of`.

        Parameters
        ----------
        cell : object
            A number or a reference, "@id" or "@id|@other".
        where : str
            The place it stands in, one of its own for each number: file, then row and column or
            path in study.toml. The ledger keeps numbers by it, and messages name it.
        unit : str
            Of a plain number.
        use : str
            What it is used for, in words.

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
        self._uses[where] = use
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
            where = f"{schema.file}: {_row_name(key)}: {column}"
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

    def entries(self) -> list[dict[str, Any]]:
        """The ledger as plain values, a dict for each number; `enter` takes them back.

        Returns
        -------
        list of dict
            In the order of first use.
        """
        return [
            {"where": where, "use": self._uses.get(where, ""), **asdict(quantity)}
            for (where, _), quantity in self._ledger.items()
        ]

    def enter(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Put numbers that were handed out before into the ledger.

        Parameters
        ----------
        entries : iterable of dict
            Some of what `entries` gave.
        """
        for entry in entries:
            about = {name: value for name, value in entry.items() if name not in ("where", "use")}
            quantity = Quantity(**about)
            self._ledger[entry["where"], quantity.id] = quantity
            self._uses[entry["where"]] = entry["use"]

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
            row = {name: getattr(quantity, name) for name in LEDGER_COLUMNS[2:]}
            low, high = self._bounds.get(id, (np.nan, np.nan))
            about = {"where": where, "use": self._uses.get(where, "")}
            rows.append({**about, **row, "value": quantity.raw, "low": low, "high": high})
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


def _row_name(key: Iterable[object]) -> str:
    """A row by its key, names with commas quoted: no two rows have one name."""
    parts = map(str, key)
    return ", ".join('"' + p.replace('"', '""') + '"' if {*p} & {*',"'} else p for p in parts)
