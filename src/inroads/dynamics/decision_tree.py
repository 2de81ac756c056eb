"""To stop, to go on, to widen: a small tree of decisions and chances, solved from its ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.present_value import discount
from inroads.errors import refuse


@dataclass(frozen=True)
class Payoff:
    """An amount in money of this node, then (after so many periods) another node, or nothing."""

    amount: float = 0.0
    after: int = 0
    node: Node | None = None


@dataclass(frozen=True)
class Chance:
    """What may happen: (probability, node), probabilities adding up to one."""

    branches: tuple[tuple[float, Node], ...]

    def __post_init__(self) -> None:
        odds = [p for p, _ in self.branches]
        if not all(0 <= p <= 1 for p in odds) or abs(sum(odds) - 1) > 1e-9:
            raise refuse(
                expected="probabilities that add up to one",
                found=", ".join(f"{p:g}" for p in odds),
                where="decision tree",
                remedy="correct the tree.",
            )


@dataclass(frozen=True)
class Decision:
    """What may be done, by name."""

    options: Mapping[str, Node]

    def __post_init__(self) -> None:
        if not self.options:
            raise refuse(
                expected="at least one thing to do",
                found="none",
                where="decision tree",
                remedy="correct the tree.",
            )


Node = Payoff | Chance | Decision


@dataclass(frozen=True)
class TreeValue:
    """The value of a node in its own money, and what is best done at each choice below it (by the
    way there: names chosen and numbers of branches)."""

    value: float
    best: Mapping[str, str]


def evaluate_tree(node: Node, rate: float, always: Mapping[str, str] | None = None) -> TreeValue:
    """A tree by backward induction, at a rate a period.

    always: what is done at choices whatever is known then (a way -> a name; a way also stands for
    all that end like it, "" for the first choice): what it is worth to be bound.
    """
    best: dict[str, str] = {}
    value = _value_of(node, rate, always or {}, (), best=best)
    return TreeValue(value, best)


def _value_of(
    node: Node,
    rate: float,
    always: Mapping[str, str],
    path: tuple[str, ...],
    *,
    best: dict[str, str],
) -> float:
    if isinstance(node, Payoff):
        if node.node is None:
            return node.amount
        later = _value_of(node.node, rate, always, path, best=best)
        return float(node.amount + later / (1 + rate) ** node.after)
    if isinstance(node, Chance):
        return sum(
            p * _value_of(branch, rate, always, (*path, str(k)), best=best)
            for k, (p, branch) in enumerate(node.branches)
        )
    values = {
        name: _value_of(option, rate, always, (*path, name), best=best)
        for name, option in node.options.items()
    }
    place = " > ".join(path)
    bound = next((name for name in _bound(always, path) if name in values), None)
    best[place] = bound or max(values, key=lambda name: values[name])
    return values[best[place]]


def _bound(always: Mapping[str, str], path: tuple[str, ...]) -> list[str]:
    """What is bound here: by the way there, or by the last thing that was chosen on it."""
    chosen = [step for step in path if not step.isdigit()]
    keys = [" > ".join(path), chosen[-1] if chosen else ""]
    return [always[key] for key in keys if key in always]


@dataclass(frozen=True, kw_only=True)
class EntryCase:
    """One way in which entry may turn out: its probability, and the manufacturer's profits (T,)
    above staying out: with the first channel only, with the second from the period of decision on,
    with both from the start, and with the first dropped at the decision (nothing from then on,
    unless given)."""

    probability: float
    narrow: Array
    widened: Array
    wide: Array
    stopped: Array | None = None


OUT, NARROW, WIDE = "stay out", "one channel", "both channels"
STOP, GO_ON, WIDEN = "stop", "go on", "widen"


def staged_entry(
    cases: Sequence[EntryCase],
    decide: int,
    launch: tuple[float, float],
    costs: tuple[float, float],
    *,
    rate: float,
    to_launch: int = 0,
    only_second: float = 0.0,
    lasting: Array | None = None,
) -> Decision:
    """Enter with one channel, see how it goes for `decide` periods, then stop, go on or widen.

    launch: the probability that talks with the first channel, and with the second given the first,
    end in a launch; costs: dollars, spent when talks begin, whether or not they do; rate a
    period;
    to_launch: periods from the first talks to the launch (the second's are over when it comes).
    The tree also holds staying out, and entering with both at once, to stop or go on later. Which
    prospect it is shows in the periods before the decision. only_second: the probability that of
    both talks only the second's end in a launch, which then brings what the first's would; lasting
    (T,): that what is launched is still let be in a period, whichever channel sells it (always
    unless given). Whoever is to decide knows whether it is.
    """
    if not cases:
        raise refuse(
            expected="at least one way in which entry may turn out",
            found="none",
            where="decision tree",
            remedy="correct the tree.",
        )
    periods = len(cases[0].narrow)
    if not 0 < decide < periods:
        raise refuse(
            expected=f"a decision after 1 to {periods - 1} periods",
            found=str(decide),
            where="decision tree",
            remedy="correct the tree.",
        )
    r, (first, second), (less, more) = rate, launch, costs
    broken = Payoff()

    let_be = np.ones(periods) if lasting is None else np.asarray(lasting, dtype=float)
    if len(let_be) != periods or not ((let_be >= 0) & (let_be <= 1)).all():
        raise refuse(
            expected=f"{periods} probabilities",
            found=str(let_be),
            where="decision tree, lasting",
            remedy="correct the tree.",
        )
    reached = float(let_be[decide - 1])

    def later(stream: Array) -> Payoff:
        still = let_be[decide:] / reached if reached > 0 else np.zeros(periods - decide)
        return Payoff(float(discount(stream[decide:] * still, r).sum()))

    def until_decision(stream: Array, options: dict[str, Node]) -> Payoff:
        decided: Node = Decision(options)
        if lasting is not None:
            decided = Chance(((reached, decided), (1 - reached, broken)))
        return Payoff(float(discount((stream * let_be)[:decide], r).sum()), decide, decided)

    narrow, wide, either = [], [], []
    for p in cases:
        if not len(p.narrow) == len(p.widened) == len(p.wide) == periods:
            raise refuse(
                expected="prospects of as many periods",
                found=str(len(p.widened)),
                where="decision tree",
                remedy="correct the tree.",
            )
        stopped = np.zeros(periods) if p.stopped is None else p.stopped
        chance = Chance(((second, later(p.widened)), (1 - second, later(p.narrow))))
        options: dict[str, Node] = {
            STOP: later(stopped),
            GO_ON: later(p.narrow),
            WIDEN: Payoff(-more, 0, chance),
        }
        narrow.append((p.probability, until_decision(p.narrow, options)))
        both, one = (
            until_decision(stream, {STOP: later(stopped), GO_ON: later(stream)})
            for stream in (p.wide, p.narrow)
        )
        wide.append((p.probability, Chance(((second, both), (1 - second, one)))))
        either.append((p.probability, one))

    return Decision(
        {
            OUT: Payoff(),
            NARROW: Payoff(
                -less, to_launch, Chance(((first, Chance(tuple(narrow))), (1 - first, broken)))
            ),
            WIDE: Payoff(
                -less - more,
                to_launch,
                Chance(
                    (
                        (first, Chance(tuple(wide))),
                        (only_second, Chance(tuple(either))),
                        # Rounding leaves no less than nothing.
                        (max(1 - first - only_second, 0.0), broken),
                    )
                ),
            ),
        }
    )


def flexibility(tree: Decision, rate: float) -> float:
    """What being free to decide later adds to the best of all plans that are bound from the start:
    out, both at once, or one channel and then always to stop, to go on or, with one, to widen."""
    plans = [{"": OUT}, *({"": WIDE, WIDE: then} for then in (STOP, GO_ON))]
    plans += [{"": NARROW, NARROW: then} for then in (STOP, GO_ON, WIDEN)]
    return evaluate_tree(tree, rate).value - max(
        evaluate_tree(tree, rate, plan).value for plan in plans
    )
