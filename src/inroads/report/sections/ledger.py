"""The evidence: every number that went in, once a file, with everywhere it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from inroads.display import counted
from inroads.report.format import with_unit
from inroads.report.phrases import assumption_words
from inroads.report.section import Details, Section, blocks, text
from inroads.report.sections.holds import event_id
from inroads.report.sections.launches import figure_id, happened_words, where_words
from inroads.report.table import Table
from inroads.results.launches import LaunchFigure
from inroads.results.study import LedgerEntry
from inroads.results.tree import Results

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
_MANY = 3


@dataclass(frozen=True)
class Evidence:
    """A number in one file: its row of the ledger, the places that use it, the id of its place on
    the page ("" but for the first of that number)."""

    row: LedgerEntry
    anchor: str
    places: list[str] = field(default_factory=list)

    @property
    def amount(self) -> str:
        """Value and unit, as the table states them."""
        return with_unit(self.row.value, self.row.unit)

    @property
    def range(self) -> str:
        """The range of an assumption."""
        low, high = self.row.low, self.row.high
        if low is None or high is None:
            return ""
        if low == high:
            return "no range"
        return f"{with_unit(low, self.row.unit)} to {with_unit(high, self.row.unit)}"


def section(results: Results) -> Section | None:
    """Facts with their sources, assumptions with ranges and reasons."""
    if not results.ledger:
        return None
    counts = count_kinds(results)
    given = f", {counts['given']} numbers given without either" if counts["given"] else ""
    names = known_ids(results)
    return Section(
        name="ledger",
        title="Evidence ledger",
        blocks=blocks(
            text(
                f"Every number that went in: {counted(counts['fact'], 'fact')} with sources, "
                f"{counted(counts['assumed'], 'assumption')} with ranges and reasons{given}. "
                "A number used in several places of a file is listed once. Search with the "
                "browser's find; closed parts open where something is found in them, or open them "
                "all before printing."
            ),
            [_file(file, entries, names) for file, entries in by_file(results).items()],
            _launches(results),
            _events(results),
        ),
    )


def by_file(results: Results) -> dict[str, list[Evidence]]:
    """The ledger by file; facts that only reasons name are under their assumption."""
    files: dict[str, dict[str, Evidence]] = {}
    seen: set[str] = set()
    for k, row in enumerate(results.ledger):
        file = row.file or f"named by {row.named_by}"
        # Numbers written into a table have no id: each is its own entry.
        key = row.id or f"#{k}"
        entries = files.setdefault(file, {})
        if key not in entries:
            first = bool(row.id) and row.id not in seen
            seen.add(row.id)
            entries[key] = Evidence(row, anchor(row.id) if first else "")
        entries[key].places.append(row.use or row.place or file)
    return {file: list(entries.values()) for file, entries in files.items()}


def count_kinds(results: Results) -> dict[str, int]:
    """How many different numbers are facts, assumptions, or given as they are."""
    kinds = {row.id or f"#{k}": row.kind for k, row in enumerate(results.ledger)}
    return {kind: list(kinds.values()).count(kind) for kind in ("fact", "assumed", "given")}


def anchor(name: str) -> str:
    """The id of a number's place on the page."""
    return "number-" + re.sub(r"[^A-Za-z0-9_-]", "-", name)


def known_ids(results: Results) -> set[str]:
    """Numbers that the ledger holds."""
    return {row.id for row in results.ledger if row.id}


def assumption_link(results: Results, name: str) -> Markup:
    """What an assumption is, with a link to its place."""
    words = assumption_words(results, name)
    if name not in known_ids(results):
        return escape(words)
    return Markup('<a href="#{}">{}</a>').format(anchor(name), words)


def cross_linked(words: str, names: Iterable[str]) -> Markup:
    """Text in which every number named by its id is a link to its place; all else is escaped."""
    names = set(names)
    parts, last = [], 0
    for match in _ID.finditer(words):
        if match[0] in names:
            parts.append(escape(words[last : match.start()]))
            parts.append(Markup('<a href="#{}">{}</a>').format(anchor(match[0]), match[0]))
            last = match.end()
    return Markup("").join([*parts, escape(words[last:])])


def safe_url(url: str) -> str:
    """The address if a browser may safely follow it, else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def source_link(source: str, url: str) -> Markup:
    """A source, with a link where its address is safe."""
    address = safe_url(url)
    if not address:
        return escape(source)
    link = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
    return link.format(address, source or address)


def _file(file: str, entries: list[Evidence], names: set[str]) -> Details:
    facts = sum(e.row.kind == "fact" for e in entries)
    assumed = sum(e.row.kind == "assumed" for e in entries)
    count = f"{counted(len(entries), 'number')}: {counted(facts, 'fact')}, {assumed} assumed"
    table = Table(
        heads=("Used for", "Value", "Evidence"),
        rows=[(_used_for(e), _value(e), _evidence(e.row, names)) for e in entries],
        text_columns=3,
        row_ids=[e.anchor for e in entries],
        style="ledger",
    )
    return Details(Markup("<b>{}</b> · {}").format(file, count), [table], "file")


def _launches(results: Results) -> Details | None:
    """Figures of past launches; None without any."""
    figures = results.launches.figures if results.launches else ()
    if not figures:
        return None
    table = Table(
        heads=("Launch", "Value", "Evidence"),
        rows=[(f"{f.launch}: {where_words(f)}", happened_words(f), _published(f)) for f in figures],
        text_columns=3,
        row_ids=[figure_id(k) for k in range(len(figures))],
        style="ledger",
    )
    return Details(
        Markup("<b>launches.csv</b> · {} of past launches").format(counted(len(figures), "figure")),
        [table],
        "file",
    )


def _events(results: Results) -> Details | None:
    """What is known of talks; one event may be of several pairs. None without any."""
    events = results.negotiations.events if results.negotiations else ()
    if not events:
        return None
    table = Table(
        heads=("Talks", "State", "Evidence"),
        rows=[
            (
                f"{e.date}: {e.manufacturer}, {e.channel}",
                e.state.value,
                Markup("{} {}").format(e.event, source_link(e.source, e.url)),
            )
            for e in events
        ],
        text_columns=3,
        row_ids=[event_id(k) for k in range(len(events))],
        style="ledger",
    )
    summary = Markup("<b>negotiations.csv</b> · {} of talks").format(counted(len(events), "event"))
    return Details(summary, [table], "file")


def _used_for(entry: Evidence) -> Markup:
    places = entry.places
    words = escape("; ".join(places))
    if len(places) > _MANY:
        words = Markup("{}<details><summary>and {} more places</summary>{}</details>").format(
            places[0], len(places) - 1, "; ".join(places[1:])
        )
    return Markup("{}<br><code>{}</code>").format(words, entry.row.id)


def _value(entry: Evidence) -> Markup:
    kind = entry.row.kind
    badge = Markup('{}<br><span class="badge {}">{}</span>')
    value = badge.format(entry.amount, kind, "assumption" if kind == "assumed" else kind)
    if entry.range:
        value += Markup('<br><span class="quiet">{}</span>').format(entry.range)
    return value


def _published(row: LedgerEntry | LaunchFigure) -> Markup:
    """A source, and when it was published."""
    words = source_link(row.source, row.url)
    if not row.published:
        return words
    period = f", of {row.period}" if isinstance(row, LedgerEntry) and row.period else ""
    return words + Markup(' <span class="quiet">published {}{}</span>').format(
        row.published, period
    )


def _evidence(row: LedgerEntry, names: set[str]) -> Markup:
    if row.kind == "assumed":
        return cross_linked(row.reason, names)
    words = _published(row)
    if row.quote:
        words += Markup("<blockquote>{}</blockquote>").format(row.quote)
    return words
