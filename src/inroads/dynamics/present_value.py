"""What entry is worth: present values, when it has paid for itself, what may be spent on it.

Profits of a period come at its end, what is spent at its start: with rate r a period,

    value = sum_t profit_t / (1 + r)^(t + 1) - sum_t spent_t / (1 + r)^t

Nothing counts after the last period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.dynamics.record import Path
from inroads.errors import refuse


def rate_per_period(annual: float, months: float) -> float:
    """The rate over so many months that compounds to `annual` a year (0.1 for 10 percent)."""
    if not annual > -1:
        raise refuse(
            expected="a yearly rate above -1",
            found=f"{annual:g}",
            where="rate",
            remedy="correct the number.",
        )
    return float((1.0 + annual) ** (months / 12.0) - 1.0)


def discount(stream: ArrayLike, rate: float, *, advance: bool = False) -> Array:
    """Each period's amount (T,) in money of the start, at a rate a period; paid at the end of its
    period, or in advance."""
    amounts = np.asarray(stream, dtype=float)
    if not np.isfinite(amounts).all():
        raise refuse(
            expected="amounts that are numbers",
            found=str(amounts),
            where="stream",
            remedy="correct the number.",
        )
    late = np.arange(len(amounts)) + (0 if advance else 1)
    return np.asarray(amounts / (1.0 + rate) ** late)


@dataclass(frozen=True, kw_only=True, repr=False)
class EntryValue(Displayed):
    """What a change is worth to a firm; `entry_value` makes it.

    Parameters
    ----------
    firm : str
        Whose.
    profit : (T,) array
        What the change adds, by period.
    spent : (T,) array
        For it, by period.
    rate : float
        A year, 0.1 for 10 percent.
    months_per_period : float
        How long a period is.
    """

    firm: str
    profit: Array
    spent: Array
    rate: float
    months_per_period: float = 3.0

    def _card(self) -> Card:
        columns = {"profit": self.profit, "spent": self.spent, "cumulative": self.cumulative}
        periods = pd.RangeIndex(len(self.profit), name="period")
        return Card(
            line=f"EntryValue of {self.firm}: {self.net:.4g} net over "
            f"{counted(len(periods), 'period')}",
            table=pd.DataFrame(columns, periods),
            next_steps=("v.net", "v.cumulative", "v.break_even"),
        )

    @property
    def rate_per_period(self) -> float:
        """The rate that compounds to `rate` a year."""
        return rate_per_period(self.rate, self.months_per_period)

    @property
    def gross(self) -> float:
        """Present value of the profit added, before what is spent, in dollars."""
        return float(discount(self.profit, self.rate_per_period).sum())

    @property
    def cost(self) -> float:
        """Present value of what is spent, in dollars."""
        return float(discount(self.spent, self.rate_per_period, advance=True).sum())

    @property
    def net(self) -> float:
        """Net present value in dollars."""
        return self.gross - self.cost

    @property
    def cumulative(self) -> Array:
        """Net present value of the first n periods, (T,) for n = 1 to T."""
        r = self.rate_per_period
        return np.asarray(
            np.cumsum(discount(self.profit, r) - discount(self.spent, r, advance=True))
        )

    @property
    def break_even(self) -> int | None:
        """Periods after which it has paid for itself and stays so; None if not within T."""
        short = np.flatnonzero(self.cumulative < 0)
        after = int(short[-1]) + 2 if len(short) else 1
        return after if after <= len(self.profit) else None

    @property
    def last_year(self) -> float:
        """Profit added in the last twelve months, less what was spent in them."""
        return float((self.profit - self.spent)[-round(12.0 / self.months_per_period) :].sum())


def entry_value(
    after: Path, before: Path, firm: str, rate: float, *, spent: Mapping[int, float] | None = None
) -> EntryValue:
    """What a firm gains on one path over another.

    Profits of a period come at its end, what is spent at its start; nothing counts after the last
    period.

    Parameters
    ----------
    after, before : Path
        With profits.
    firm : str
        Who gains.
    rate : float
        A year, 0.1 for 10 percent.
    spent : mapping, optional
        Period -> dollars.

    Returns
    -------
    EntryValue
        Its `net`, `break_even`, ...

    Raises
    ------
    InputError
        Where paths differ in length, have no profits, or none of the firm.
    """
    if after.periods != before.periods:
        actual = f"{after.periods} and {before.periods}"
        raise refuse(
            expected="two paths of as many periods",
            found=actual,
            where="value",
            remedy="correct the number.",
        )
    for path in (after, before):
        if not len(path.profits.columns):
            raise refuse(
                expected="paths with profits",
                found="list prices only",
                where="value",
                remedy="give sellers=.",
            )
    if firm not in after.profits and firm not in before.profits:
        names = ", ".join(map(str, after.profits.columns))
        raise refuse(
            expected=f"a firm of the paths: {names}",
            found=firm,
            where="value",
            remedy="correct the number.",
        )
    paid = np.zeros(after.periods)
    for period, dollars in (spent or {}).items():
        if not 0 <= period < len(paid):
            raise refuse(
                expected=f"periods 0 to {len(paid) - 1}",
                found=str(period),
                where="spent",
                remedy="correct the number.",
            )
        paid[period] += dollars
    gain, base = (
        path.profits[firm].to_numpy(float) if firm in path.profits else np.zeros(len(paid))
        for path in (after, before)
    )
    return EntryValue(
        firm=firm,
        profit=gain - base,
        spent=paid,
        rate=rate,
        months_per_period=after.months_per_period,
    )


def entry_values(
    after: Path,
    before: Path,
    rate: float,
    spent: Mapping[str, Mapping[int, float]] | None = None,
) -> pd.DataFrame:
    """A row a firm: gross, cost and net value in dollars, and the periods to break even."""
    firms = dict.fromkeys([*after.profits, *before.profits])
    rows = [entry_value(after, before, firm, rate, spent=(spent or {}).get(firm)) for firm in firms]
    return pd.DataFrame(
        {
            "gross": [v.gross for v in rows],
            "cost": [v.cost for v in rows],
            "net": [v.net for v in rows],
            "break-even": pd.array([v.break_even for v in rows], dtype="Int64"),
        },
        index=pd.Index(list(firms), name="firm"),
    )


def joint_value(after: Path, before: Path, firms: Sequence[str], rate: float) -> EntryValue:
    """What firms gain together on one path over another.

    Parameters
    ----------
    after, before : Path
        With profits.
    firms : sequence of str
        Who gains, at least one.
    rate : float
        A year, 0.1 for 10 percent.

    Returns
    -------
    EntryValue
        Its profit is the sum of theirs; nothing is spent.
    """
    gains = [entry_value(after, before, firm, rate) for firm in firms]
    profit = np.sum([gain.profit for gain in gains], axis=0)
    return replace(gains[0], firm=" and ".join(firms), profit=profit)


def share_of_valuation(gain: EntryValue, multiple: float, valuation: float) -> float:
    """The part of a valuation in dollars that a gain makes: `multiple` times its last year's."""
    if not valuation > 0 or multiple < 0:
        actual = f"multiple {multiple:g}, valuation {valuation:g}"
        raise refuse(
            expected="a valuation above 0, a multiple of 0 or more",
            found=actual,
            where="valuation",
            remedy="correct the number.",
        )
    return multiple * gain.last_year / valuation


def break_even_price_per_point(gain: EntryValue, raised: ArrayLike) -> float:
    """Dollars that a point of awareness may cost for a gain to be worth nothing.

    raised (T,): by what campaigns raise awareness at the start of each period, shares of consumers
    (`Path.raised`). A point is one percent of all consumers; what else is spent is in the gain.
    """
    points = 100.0 * discount(raised, gain.rate_per_period, advance=True).sum()
    if not points > 0:
        raise refuse(
            expected="campaigns that make a brand better known",
            found=f"{points:g} points",
            where="raised",
            remedy="correct the number.",
        )
    return float(gain.net / points)
