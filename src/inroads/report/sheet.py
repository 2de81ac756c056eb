"""A table as the page shows it: text, with its numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sheet:
    """A table: column heads, rows of cells, how many leading columns are words, rows in bold."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    bold: Sequence[int] = field(default=())

    @property
    def cells(self) -> list[tuple[bool, list[tuple[bool, str]]]]:
        """Rows as (bold, [(is a number, text)])."""
        return [
            (k in self.bold, [(j >= self.words, text) for j, text in enumerate(row)])
            for k, row in enumerate(self.rows)
        ]
