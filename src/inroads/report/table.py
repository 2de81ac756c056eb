"""Tables of text: as the page shows them, and shorter ones for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Table:
    """Column heads and rows of cells, text or Markup.

    text_columns: how many leading columns are words, the rest are numbers; numbers: or which
    columns are numbers; bold: indices of rows; row_ids: an id a row, for links; name: an id for
    the table; style: "figures", "ledger" or "".
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: int = 1
    numbers: Sequence[int] | None = None
    bold: Sequence[int] = field(default=())
    row_ids: Sequence[str] = field(default=())
    name: str = ""
    style: str = "figures"

    def is_number(self, column: int) -> bool:
        """Whether a column is one of numbers."""
        return column >= self.text_columns if self.numbers is None else column in self.numbers

    @property
    def lines(self) -> list[tuple[bool, str, list[tuple[bool, str]]]]:
        """Rows as (bold, id, [(is a number, text)])."""
        return [
            (
                k in self.bold,
                self.row_ids[k] if self.row_ids else "",
                [(self.is_number(j), text) for j, text in enumerate(row)],
            )
            for k, row in enumerate(self.rows)
        ]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table in the terminal: numbers are to the right and do not wrap."""

    head: str
    is_number: bool = True
    wraps: bool = False
    min_width: int | None = None
    max_width: int | None = None


@dataclass(frozen=True, kw_only=True)
class BriefTable:
    """A table in the terminal; bold: indices of rows; ends: rows after which a line is drawn."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    bold: Sequence[int] = field(default=())
    ends: Sequence[int] = field(default=())
