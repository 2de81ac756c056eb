"""To stop, to go on, to widen: a small tree of decisions and chances, solved from its ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.present_value import present, quarterly
from inroads.errors import InputError


@dataclass(frozen=True)
class Then:
    """An amount in money of this node, then (after so many quarters) another node, or nothing."""

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
            raise _refused("probabilities that add up to one", ", ".join(f"{p:g}" for p in odds))


@dataclass(frozen=True)
class Choice:
    """What may be done, by name."""

    options: Mapping[str, Node]

    def __post_init__(self) -> None:
        if not self.options:
            raise _refused("at least one thing to do", "none")


Node = Then | Chance | Choice


@dataclass(frozen=True)
class Worth:
    """The value of a node in its own money, and what is best done at each choice below it (by the
    way there: names chosen and numbers of branches)."""

    value: float
    best: Mapping[str, str]


def worth(node: Node, rate: float, always: Mapping[str, str] | None = None) -> Worth:
    """A tree by backward induction, at a rate a year.

    always: what is done at choices whatever is known then (a way -> a name; a way also stands for
    all that end like it, "" for the first choice): what it is worth to be bound.
    """
    best: dict[str, str] = {}
    found = _worth(node, quarterly(rate), always or {}, (), best)
    return Worth(found, best)


def _worth(
    node: Node, rate: float, always: Mapping[str, str], way: tuple[str, ...], best: dict[str, str]
) -> float:
    if isinstance(node, Then):
        if node.node is None:
            return node.amount
        later = _worth(node.node, rate, always, way, best)
        return float(node.amount + later / (1 + rate) ** node.after)
    if isinstance(node, Chance):
        return sum(
            p * _worth(branch, rate, always, (*way, str(k)), best)
            for k, (p, branch) in enumerate(node.branches)
        )
    found = {
        name: _worth(option, rate, always, (*way, name), best)
        for name, option in node.options.items()
    }
    place = " > ".join(way)
    bound = next((name for name in _bound(always, way) if name in found), None)
    best[place] = bound or max(found, key=lambda name: found[name])
    return found[best[place]]


def _bound(always: Mapping[str, str], way: tuple[str, ...]) -> list[str]:
    """What is bound here: by the way there, or by the last thing that was chosen on it."""
    chosen = [step for step in way if not step.isdigit()]
    keys = [" > ".join(way), chosen[-1] if chosen else ""]
    return [always[key] for key in keys if key in always]


@dataclass(frozen=True)
class Prospect:
    """One way in which entry may turn out: its probability, and the maker's profits (T,) above
    staying out: with the first carrier only, with the second from the quarter of decision on, with
    both from the start, and with the first dropped at the decision (nothing from then on, unless
    given)."""

    probability: float
    narrow: Array
    widened: Array
    wide: Array
    stopped: Array | None = None


OUT, NARROW, WIDE = "stay out", "one carrier", "both carriers"
STOP, GO_ON, WIDEN = "stop", "go on", "widen"


def staged_entry(
    prospects: Sequence[Prospect],
    decide: int,
    launch: tuple[float, float],
    costs: tuple[float, float],
    rate: float,
    to_launch: int = 0,
) -> Choice:
    """Enter with one carrier, see how it goes for `decide` quarters, then stop, go on or widen.

    launch: the probability that talks with the first carrier, and with the second given the first,
    end in a launch; costs: dollars, spent when talks begin, whether or not they do; rate a year;
    to_launch: quarters from the first talks to the launch (the second's are over when it comes).
    The tree also holds staying out and entering with both at once. Which prospect it is shows in
    the quarters before the decision.
    """
    if not prospects:
        raise _refused("at least one way in which entry may turn out", "none")
    quarters = len(prospects[0].narrow)
    if not 0 < decide < quarters:
        raise _refused(f"a decision after 1 to {quarters - 1} quarters", str(decide))
    r, (first, second), (less, more) = quarterly(rate), launch, costs
    broken = Then()

    def later(stream: Array) -> Then:
        return Then(float(present(stream[decide:], r).sum()))

    narrow, wide = [], []
    for p in prospects:
        if not len(p.narrow) == len(p.widened) == len(p.wide) == quarters:
            raise _refused("prospects of as many quarters", str(len(p.widened)))
        stopped = np.zeros(quarters) if p.stopped is None else p.stopped
        chance = Chance(((second, later(p.widened)), (1 - second, later(p.narrow))))
        options: dict[str, Node] = {
            STOP: later(stopped),
            GO_ON: later(p.narrow),
            WIDEN: Then(-more, 0, chance),
        }
        begun = float(present(p.narrow[:decide], r).sum())
        narrow.append((p.probability, Then(begun, decide, Choice(options))))
        both = Then(float(present(p.wide, r).sum()))
        one = Then(float(present(p.narrow, r).sum()))
        wide.append((p.probability, Chance(((second, both), (1 - second, one)))))

    def launched(branches: list[tuple[float, Then]] | list[tuple[float, Chance]]) -> Chance:
        return Chance(((first, Chance(tuple(branches))), (1 - first, broken)))

    return Choice(
        {
            OUT: Then(),
            NARROW: Then(-less, to_launch, launched(narrow)),
            WIDE: Then(-less - more, to_launch, launched(wide)),
        }
    )


def flexibility(tree: Choice, rate: float) -> float:
    """What being free to decide later adds to the best of all plans that are bound from the start:
    out, both at once, or one carrier and then always to stop, to go on or to widen."""
    plans = [{"": OUT}, {"": WIDE}]
    plans += [{"": NARROW, NARROW: then} for then in (STOP, GO_ON, WIDEN)]
    return worth(tree, rate).value - max(worth(tree, rate, plan).value for plan in plans)


def _refused(expected: str, found: str) -> InputError:
    return InputError.single(
        expected=expected, found=found, where="decision tree", remedy="correct the tree."
    )
