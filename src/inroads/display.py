"""How objects show themselves: a line in a terminal, a small table in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Rows and columns of a table in a notebook: what is seen without scrolling.
_ROWS, _COLUMNS = 10, 12


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is shown of an object: a line, some rows of a table, and what one can do next (code)."""

    line: str
    table: pd.DataFrame | None = None
    next_steps: tuple[str, ...] = ()

    def html(self) -> str:
        """The card in a notebook."""
        parts = [f"<p><b>{escape(self.line)}</b></p>"]
        if self.table is not None:
            parts.append(
                self.table.to_html(
                    max_rows=_ROWS,
                    max_cols=_COLUMNS,
                    border=0,
                    float_format=lambda x: f"{x:.4g}",
                    notebook=True,
                )
            )
        if self.next_steps:
            steps = ", ".join(f"<code>{escape(step)}</code>" for step in self.next_steps)
            parts.append(f"<p>Next: {steps}</p>")
        return "\n".join(parts)


class Displayed(ABC):
    """An object that shows itself by its card.

    Dataclasses are declared with repr=False, or theirs would come first.
    """

    @abstractmethod
    def _card(self) -> Card:
        """What is shown."""

    def __repr__(self) -> str:
        return f"<{self._card().line}>"

    def _repr_html_(self) -> str:
        return self._card().html()


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 offer", "1,200 offers"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
