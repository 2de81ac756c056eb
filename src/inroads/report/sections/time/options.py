"""What an entrant that may decide later does best."""

from __future__ import annotations

from collections.abc import Iterator

from inroads.report.format import dollars, list_words, money
from inroads.report.phrases import (
    assumption_value,
    digits_of,
    has_no_mean,
    input_words,
    partners_words,
)
from inroads.report.table import Table
from inroads.results.keys import InputKey, Quantity
from inroads.results.outlook import (
    DrawnInput,
    EntryPlan,
    EntryStart,
    NextStep,
    Outlook,
    StagedEntry,
    TogetherDistribution,
    TriangularDistribution,
)
from inroads.results.tree import Results

_SHOWS = ("worse than expected", "as expected", "better")
_STEPS = {
    NextStep.STOP: "stop",
    NextStep.GO_ON: "go on with one",
    NextStep.WIDEN: "talk to the other too",
}
_PLANS = {
    EntryPlan.STAY_OUT: "Stay out",
    EntryPlan.BOTH_CHANNELS: "Both at once",
    EntryPlan.FIRST_THEN_STOP: "One, then stop",
    EntryPlan.FIRST_THEN_GO_ON: "One, then go on",
    EntryPlan.FIRST_THEN_WIDEN: "One, then widen",
}


def options_table(outlook: Outlook) -> Table:
    """What each plan is worth, and being free to decide later."""
    options = outlook.staged_entry
    plans = list(dict.fromkeys(plan for option in options for plan in option.plans))
    heads = ["Entrant", *(_PLANS[p] for p in plans), "One, then free", "Best start, then free",
             "Freedom is worth"]  # fmt: skip
    rows = [
        [
            option.manufacturer,
            *(money(option.plans[plan]) for plan in plans),
            money(option.value_of_first_channel),
            money(option.value),
            money(option.flexibility),
        ]
        for option in options
    ]
    return Table(heads=heads, rows=rows)


def options_words(results: Results) -> list[str]:
    """A sentence or two for each entrant: the best plan, and what being free to decide is worth."""
    options = results.outlook.staged_entry if results.outlook else ()
    return [_sentences(results, option) for option in options]


def _sentences(results: Results, option: StagedEntry) -> str:
    manufacturer, first = option.manufacturer, option.channels[0]
    later = _later(results, option)
    next_step = (
        f"after {option.decision_period} {results.study.per}s {later}"
        if later
        else "see how it goes"
    )
    best = f"At the central numbers {manufacturer} does best"
    match option.best_start:
        case EntryStart.STAY_OUT:
            text = f"{best} to stay out."
        case EntryStart.FIRST_CHANNEL:
            text = f"{best} to begin with {first} alone, and {next_step}."
        case EntryStart.BOTH_CHANNELS:
            text = f"{best} to talk to {partners_words(option.channels)} at once."
            if later:
                less = option.value - option.value_of_first_channel
                text += (
                    f" Had it begun with {first} alone, it would {next_step}, for "
                    f"{dollars(less)} less."
                )
    if option.flexibility > 1e-9 * abs(option.value):
        return f"{text} To be free to decide is worth {dollars(option.flexibility)} more."
    return f"{text} To be free to decide later is worth nothing more."


def _later(results: Results, option: StagedEntry) -> str:
    """What is done once it has shown how good consumers think its products."""
    steps = [_STEPS[step] for step in option.best_next]
    if len(set(steps)) < 2:
        return f"{steps[0]} whatever has shown" if steps else ""
    prove = f"if its {results.words.units} prove"
    match steps:
        case [worse, expected, better] if worse == expected:
            return f"{better} {prove} better than expected, else {expected}"
        case [worse, expected, better] if expected == better:
            return f"{worse} {prove} worse than expected, else {better}"
    clauses = [
        f"{step} {f'{prove} ' if k == 0 else 'if '}{shows}"
        for k, (step, shows) in enumerate(zip(steps, _SHOWS, strict=False))
    ]
    return list_words(clauses)


def against_the_draws(results: Results, outlook: Outlook) -> str:
    """Why these are not the means of the draws: ranges reach farther to one side than the other."""
    clauses = []
    for option in outlook.staged_entry:
        name = option.manufacturer
        worth = outlook.total(name, Quantity.VALUE_AT_ODDS)
        if worth is None or has_no_mean(outlook.total(name, Quantity.VALUE_IF_LAUNCHED)):
            continue
        clause = f"{name}'s {money(worth.mean, digits_of(worth))}"
        is_more = worth.mean > option.plans[EntryPlan.BOTH_CHANNELS]
        if lopsided := _most_lopsided(results, outlook, name, is_more=is_more):
            clause += f" ({lopsided})"
        clauses.append(clause)
    if not clauses:
        return ""
    return f"Means of the draws are over whole ranges: {'; '.join(clauses)}."


def _most_lopsided(results: Results, outlook: Outlook, entrant: str, *, is_more: bool) -> str:
    """The input whose mean is not its central value, and that thereby makes the value more (or
    less) than any other does."""
    ranges = {
        key: each
        for drawn in (outlook.draws.inputs if outlook.draws else ())
        for key, each in _triangles(drawn)
    }
    units = {entry.id: entry.unit for entry in results.ledger}
    moved: list[tuple[float, str]] = []
    for row in outlook.contributions_to(Quantity.VALUE_SO_FAR_AT_ODDS).get(entrant, []):
        over = ranges.get(row.input)
        if over is None or not over.spread:
            continue
        by = row.slope * (over.mean - over.mode) / over.spread
        mean, central = (
            assumption_value(float(f"{x:.2g}"), units.get(row.input.name, ""))
            for x in (over.mean, over.mode)
        )
        words = f"{input_words(results, row.input)}: {mean} on average, {central} here"
        moved.append((by if is_more else -by, words))
    most, words = max(moved, default=(0.0, ""))
    return words if most > 0 else ""


def _triangles(drawn: DrawnInput) -> Iterator[tuple[InputKey, TriangularDistribution]]:
    """Inputs that lie in triangles, by themselves or together with others."""
    match drawn.distribution:
        case TriangularDistribution() as each:
            yield drawn.keys[0], each
        case TogetherDistribution(each=several):
            yield from zip(drawn.keys, several, strict=True)


def launch_chances(outlook: Outlook) -> str:
    """The odds of each launch: "59 percent", or by entrant and channel where they differ."""
    chances = {
        f"{option.manufacturer}, {channel}": f"{100 * chance:.0f} percent"
        for option in outlook.staged_entry
        for channel, chance in zip(option.channels, option.launch_probabilities, strict=True)
    }
    if len(set(chances.values())) == 1:
        return next(iter(chances.values()))
    return "; ".join(f"{pair} {chance}" for pair, chance in chances.items())
