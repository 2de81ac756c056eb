"""One screen: yes, no or only if for each entrant, its numbers with their ranges, what would change
it, and how such predictions did before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import pandas as pd
from markupsafe import Markup

from inroads.report.chart_style import (
    BLUE,
    COUNTS,
    ORANGE,
    PLOT,
    RULE,
    log_x,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    above_and_below,
    digits_drawn,
    digits_of_end,
    in_percent,
    list_words,
    money,
    short,
    signed_money,
)
from inroads.report.phrases import (
    assumption_value,
    digits_of,
    few_draws_note,
    input_words,
    is_wide,
    partners_words,
    units_per,
)
from inroads.report.section import Figure, NumberCard, NumberCards, Section, blocks, note, text
from inroads.report.sections.launches import launch_warning
from inroads.report.sections.plan.advice import beside_verdicts
from inroads.report.table import BriefTable, Column
from inroads.results.keys import InputKind, Quantity
from inroads.results.outlook import (
    Contribution,
    DrawnInput,
    NormalDistribution,
    Outlook,
    Spread,
    TriangularDistribution,
)
from inroads.results.tree import Results

_WITH, _WITHOUT = "with deals", "without"
# A condition counts where it lies within so many standard deviations of what is taken.
_WITHIN = 2.0
_CHANGES = 2


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether an entrant's deals pay at their odds, and what that hangs on.

    yes: nine in ten draws of the expected value are above zero; no: below; only if: neither.
    condition: the input that moves the mean of the draws across zero, where one does alone.
    """

    entrant: str
    word: Literal["Yes", "No", "Only if"]
    condition: str
    expected: Spread
    horizon: str

    @property
    def sentence(self) -> str:
        """The verdict in a sentence that begins with its word."""
        if self.word == "Only if":
            as_drawn = "gains" if self.expected.mean > 0 else "loses"
            return f"Only if {self.condition}. On average {self.entrant} {as_drawn}."
        always = "above" if self.word == "Yes" else "below"
        return f"{self.word}: in nine draws of ten the deals are worth {always} zero."


def section(results: Results) -> Section | None:
    """None without draws of what deals are worth."""
    outlook, every = results.outlook, verdicts(results)
    if outlook is None or not every:
        return None
    cards = [_card(results, outlook, v) for v in every]
    changes = _changes(results, outlook)
    planned = beside_verdicts(results.plans, {v.entrant: (v.word, v.condition) for v in every})
    tested = _tested(results)
    warning = launch_warning(results)
    return Section(
        name="verdict",
        title="In one screen",
        blocks=blocks(
            NumberCards(cards),
            Figure("verdict", chart(results, outlook)),
            [text(Markup('{} <a href="#plan">More</a>.').format(words)) for words in planned],
            text(changes),
            note(Markup('{} <a href="#launches">More</a>.').format(tested)) if tested else None,
            warning,
            note(few_draws_note(results)),
        ),
        brief=[
            "\n".join(f"{v.entrant} — {v.sentence}" for v in every),
            _brief(results, cards),
            *planned,
            *(words for words in (changes, tested, few_draws_note(results)) if words),
        ],
    )


def verdicts(results: Results) -> list[Verdict]:
    """Of every entrant with partners; none without draws of what deals are worth."""
    negotiated = results.negotiations
    if negotiated is None or results.outlook is None or not results.outlook.draws_solved:
        return []
    every = [verdict(results, entrant.manufacturer) for entrant in negotiated.entrants]
    return [one for one in every if one is not None]


def verdict(results: Results, entrant: str) -> Verdict | None:
    """The verdict on an entrant; None where its expected value was not drawn."""
    outlook = results.outlook
    expected = outlook.total(entrant, Quantity.VALUE_AT_ODDS) if outlook else None
    if outlook is None or expected is None:
        return None
    word: Literal["Yes", "No", "Only if"] = "Only if"
    if expected.quantiles.p5 > 0:
        word = "Yes"
    elif expected.quantiles.p95 < 0:
        word = "No"
    return Verdict(
        entrant=entrant,
        word=word,
        condition=_condition(results, outlook, expected) if word == "Only if" else "",
        expected=expected,
        horizon=f"{outlook.periods} {results.study.per}s",
    )


def _condition(results: Results, outlook: Outlook, expected: Spread) -> str:
    """The steepest input that moves the mean across zero alone."""
    above = expected.mean < 0
    for row in _contributions(outlook, expected.manufacturer):
        inputs = outlook.draws.inputs if outlook.draws else ()
        drawn = next((d for d in inputs if row.input in d.keys), None)
        steps = -expected.mean / row.slope if row.slope else float("inf")
        if drawn is None or abs(steps) > _WITHIN:
            continue
        if words := _threshold(results, row, drawn, steps):
            named = input_words(results, row.input)
            return _plainly(f"{named} {words[0 if row.slope > 0 else 1]}")
    return "several things turn out well at once" if above else "few things go wrong at once"


def _plainly(condition: str) -> str:
    """ "How it turns out is above what is expected" is "it turns out better than expected"."""
    if condition.startswith("how "):
        condition = condition.removeprefix("how ").replace(" is ", " ", 1)
    for long, short_form in (("above", "better"), ("below", "worse")):
        condition = condition.replace(f"{long} what is expected", f"{short_form} than expected")
    return condition


def _threshold(
    results: Results, row: Contribution, drawn: DrawnInput, steps: float
) -> tuple[str, str] | None:
    """What the input has to exceed, or to stay below."""
    distribution = drawn.distribution
    if isinstance(distribution, TriangularDistribution) and len(drawn.keys) == 1:
        value = distribution.mean + steps * distribution.spread
        if not distribution.low < value < distribution.high:
            return None
        unit = next((e.unit for e in results.ledger if e.id == row.input.name), "")
        at = assumption_value(float(f"{value:.2g}"), unit)
        return f"is above {at}", f"is below {at}"
    if isinstance(distribution, NormalDistribution) or row.input.kind in (
        InputKind.QUALITY,
        InputKind.PRODUCT_QUALITY,
        InputKind.TASTE,
        InputKind.ESTIMATE,
    ):
        return above_and_below(steps)
    return None


def _contributions(outlook: Outlook, entrant: str) -> list[Contribution]:
    return outlook.contributions_to(Quantity.VALUE_SO_FAR_AT_ODDS).get(entrant, [])


def _first(outlook: Outlook, entrant: str, quantity: Quantity) -> Spread | None:
    return next(iter(outlook.spread(entrant, quantity)), None)


def _card(results: Results, outlook: Outlook, one: Verdict) -> NumberCard:
    """An entrant's three numbers: units and share, worth to each side, odds of a launch."""
    name = one.entrant
    numbers: list[tuple[str, str, str]] = []
    units = _first(outlook, name, Quantity.UNITS)
    share = _first(outlook, name, Quantity.SALES_SHARE)
    if units and share:
        first = f"{results.words.units} in the first {results.study.per}, if launched"
        numbers.append((first, _middle(units, short), _ends(units, short)))
        middle, ends = _middle(share, in_percent), _ends(share, in_percent)
        numbers.append((f"share in the first {results.study.per}", middle, ends))
    deals = next(e for e in results.negotiations.entrants if e.manufacturer == name)  # type: ignore[union-attr]
    several = len(deals.partners) > 1
    partners = partners_words(deals.partners) + (" together" if several else "")
    chance = "odds that at least one launches" if several else "odds of a launch"
    numbers += [
        (what, _middle(worth, money), _ends(worth, money))
        for what, worth in (
            (f"worth to {name}, {one.horizon}, at the odds", one.expected),
            (f"and to {partners}", outlook.total(name, Quantity.PARTNERS_VALUE_AT_ODDS)),
        )
        if worth
    ]
    pays = f"odds that this pays {name}, launched or not"
    for what, odds in (
        (chance, outlook.total(name, Quantity.LAUNCH_ODDS)),
        (pays, outlook.total(name, Quantity.PAYS_AT_ODDS)),
    ):
        if odds:
            numbers.append((what, in_percent(odds.mean), ""))
    return NumberCard(title=name, words=one.sentence, numbers=tuple(numbers))


def _middle(spread: Spread, words: Any) -> str:
    return "" if is_wide(spread) else words(spread.mean, digits_of(spread))


def _ends(spread: Spread, words: Any) -> str:
    """Nine draws of ten; nothing where they are all the same."""
    low, high = _both_ends(spread, words)
    return "" if low == high else f"{low} to {high}"


def _both_ends(spread: Spread, words: Any) -> tuple[str, str]:
    low, high = (
        words(x, digits_of_end(x) if is_wide(spread) else 2)
        for x in (spread.quantiles.p5, spread.quantiles.p95)
    )
    return low, high


def _brief(results: Results, cards: list[NumberCard]) -> BriefTable:
    """The cards side by side."""
    rows = []
    for k, (label, _, _) in enumerate(cards[0].numbers):
        cells = []
        for card in cards:
            _, middle, ends = card.numbers[k] if k < len(card.numbers) else ("", "", "")
            cells.append(f"{middle} ({ends})" if middle and ends else middle or ends)
        rows.append((label.replace(f" {cards[0].title}", " it"), *cells))
    return BriefTable(
        columns=(
            Column(head="", is_number=False, wraps=True),
            *(Column(head=card.title, wraps=True) for card in cards),
        ),
        rows=rows,
        caption="in brackets, or alone: nine draws of ten",
    )


def _changes(results: Results, outlook: Outlook) -> str:
    """What the verdicts hang on: inputs that move the expected value most."""
    clauses = []
    for entrant in results.entrants:
        rows = _contributions(outlook, entrant)[:_CHANGES]
        named = [f"{input_words(results, r.input)} ({_change(r)})" for r in rows]
        if named:
            clauses.append(f"{entrant}: {list_words(named)}")
    if not clauses:
        return ""
    return f"What moves this worth most, by one standard deviation more: {'; '.join(clauses)}."


def _change(row: Contribution) -> str:
    return signed_money(row.slope, digits_drawn(row.slope, row.standard_error))


def _tested(results: Results) -> str:
    """How such predictions did on past launches, in a line."""
    population = results.launches.population if results.launches else None
    if population is None:
        return ""
    widest, narrowest = (pick(population.coverage, key=lambda c: c.level) for pick in (max, min))
    return (
        f"Predicted as if new, {widest.inside} of {widest.count} numbers of past launches lie "
        f"where nine in ten should, {narrowest.inside} where half should."
    )


def chart(results: Results, outlook: Outlook) -> Any:
    """Units of the first period with deals and without, nine draws of ten and the median."""
    rows = []
    for entrant in results.entrants:
        for what, quantity in (
            (_WITH, Quantity.UNITS),
            (_WITHOUT, Quantity.UNITS_WITHOUT_DEALS),
        ):
            spread = _first(outlook, entrant, quantity)
            if spread is None:
                continue
            q = spread.quantiles
            rows.append(
                {
                    "label": wrapped(f"{entrant} {what}"),
                    "what": what,
                    "low": q.p5,
                    "middle": q.p50,
                    "high": q.p95,
                }
            )
    frame = pd.DataFrame(rows)
    if frame.empty or not (frame["low"] > 0).all():
        return None
    scale, ticks = log_x([*frame["low"], *frame["high"]])
    axis = alt.Axis(values=ticks, labelExpr=COUNTS, gridColor=RULE, title=None)
    y = alt.Y("label:N", sort=list(frame["label"]), axis=rows_axis())
    colour = alt.Color(
        "what:N", legend=None, scale=alt.Scale(domain=[_WITH, _WITHOUT], range=[BLUE, ORANGE])
    )
    base = alt.Chart(frame).encode(y=y, color=colour)
    line = base.mark_rule(strokeWidth=5, opacity=0.55).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
    )
    dot = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("middle:Q", scale=scale, axis=axis)
    )
    partners = partners_words(results.partners_of_answer)
    return titled(
        (line + dot).properties(width=PLOT, height=24 * len(frame)),
        f"{units_per(results).capitalize()}, with {partners} and without",
        f"First {results.study.per} after a launch; nine draws of ten, as all ranges here, and the "
        "median.",
    )
