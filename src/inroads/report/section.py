"""A section of the report: its title, and blocks of sentences, charts and tables in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from inroads.report.table import BriefTable, Table


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Sentences, text or Markup; "quiet" ones explain tables and charts."""

    text: str
    kind: Literal["text", "quiet", "warning"] = "text"


@dataclass(frozen=True)
class Definitions:
    """Terms and what they are."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Figure:
    """An Altair chart by a name that is unique on the page."""

    name: str
    chart: Any

    @property
    def title(self) -> str:
        """The finding that the chart states."""
        return " ".join(self._spec["title"]["text"])

    @property
    def subtitle(self) -> str:
        """What is drawn."""
        return " ".join(self._spec["title"].get("subtitle", ()))

    @property
    def untitled(self) -> dict[str, Any]:
        """The chart's specification without its title: pages set titles as text that wraps."""
        return {key: value for key, value in self._spec.items() if key != "title"}

    @cached_property
    def _spec(self) -> dict[str, Any]:
        return dict(self.chart.to_dict(validate=False))


@dataclass(frozen=True, kw_only=True)
class NumberCard:
    """What is to be known of one thing: its name, a sentence, and numbers as (what, number, range),
    number or range being "" where there is none."""

    title: str
    words: str
    numbers: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class NumberCards:
    """Cards side by side."""

    cards: Sequence[NumberCard]


@dataclass(frozen=True)
class Details:
    """Blocks behind a fold."""

    summary: str
    blocks: Sequence[Block]
    style: str = ""


Block = Heading | Paragraph | Definitions | Figure | Table | NumberCards | Details


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section: `blocks` for the page; `brief`, sentences and short tables, for the terminal.

    `summary` is what it finds, in a line, where it does not open with a chart, which says it.
    """

    name: str
    title: str
    blocks: Sequence[Block]
    brief: Sequence[str | BriefTable] = field(default=())
    summary: str = ""

    @property
    def lead(self) -> Figure | None:
        """The chart that it opens with: its title is the section's."""
        first = self.blocks[0] if self.blocks else None
        return first if isinstance(first, Figure) else None

    @property
    def finding(self) -> str:
        """What it finds, in a line."""
        return self.lead.title if self.lead else self.summary

    @property
    def sentences(self) -> list[str]:
        """Paragraphs."""
        return [block.text for block in _flat(self.blocks) if isinstance(block, Paragraph)]

    @property
    def charts(self) -> list[Figure]:
        """Figures."""
        return [block for block in _flat(self.blocks) if isinstance(block, Figure)]

    @property
    def tables(self) -> list[Table]:
        """Tables."""
        return [block for block in _flat(self.blocks) if isinstance(block, Table)]


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Details):
            yield from _flat(block.blocks)
        else:
            yield block


def blocks(*items: Block | Sequence[Block] | None) -> list[Block]:
    """Blocks in order, without those that are empty: a table without rows, a figure without a
    chart, a paragraph without words."""
    flat: list[Block] = []
    for item in items:
        if item is None:
            continue
        flat += item if isinstance(item, Sequence) else [item]
    return [block for block in flat if not _is_empty(block)]


def _is_empty(block: Block) -> bool:
    match block:
        case Table():
            return not block.rows
        case Figure():
            return block.chart is None
        case Paragraph() | Heading():
            return not block.text
        case Definitions():
            return not block.items
        case NumberCards():
            return not block.cards
        case Details():
            return not block.blocks


def text(words: str) -> Paragraph:
    """A paragraph."""
    return Paragraph(words)


def note(words: str) -> Paragraph:
    """A quiet paragraph."""
    return Paragraph(words, "quiet")
