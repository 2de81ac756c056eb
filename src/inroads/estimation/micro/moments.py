"""Moments of a sample: means of some consumers, covariances, second choices; functions of means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.micro.dataset import ChoiceFunction, MicroDataset

#: a product of columns, or a function of a market's tables
Part = tuple[str, ...] | ChoiceFunction
#: what is 1 for those who buy and 0 for those who do not
PURCHASE = "purchase"


@dataclass(frozen=True)
class SameSecondChoice:
    """1 where the second choice is a product (with the same value of a column as the first)."""

    column: str | None = None


class SampleMoment(ABC):
    """A number known from a sample: a smooth function of means over it."""

    value: float
    dataset: MicroDataset

    @property
    @abstractmethod
    def name(self) -> str:
        """What tables call it."""

    @property
    @abstractmethod
    def parts(self) -> tuple[Part | SameSecondChoice, ...]:
        """Whose means over the sample it is a function of."""

    @abstractmethod
    def combine(self, means: Array) -> tuple[float, Array]:
        """The moment at means of its parts (n,), and its gradient (n,)."""


@dataclass(frozen=True)
class MicroMean(SampleMoment):
    """The mean of a variable, of all in the sample or of some.

    Parameters
    ----------
    variable : str
        A column of agents, or of products or by product (0 for the outside option; distance where
        agents have distance0, distance1, ...), or "purchase".
    value : float
        As the sample has it.
    dataset : MicroDataset
        The sample.
    given : str, optional
        Of whom: a column that is 1 for them and 0 for others (of agents, or of what they buy), or
        "purchase", those who buy something.

    Examples
    --------
    >>> survey = MicroDataset(name="survey", observations=29125)
    >>> MicroMean("age", 0.783, survey, given="minivan").name
    'E[age | minivan]'
    """

    variable: str
    value: float
    dataset: MicroDataset
    _: KW_ONLY
    given: str | None = None

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"E[{self.variable}{'' if self.given is None else f' | {self.given}'}]"

    @property
    def parts(self) -> tuple[Part, ...]:
        """variable x given, and given."""
        if self.given is None:
            return ((self.variable,),)
        return ((self.variable, self.given), (self.given,))

    def combine(self, means: Array) -> tuple[float, Array]:
        """Their ratio, with its gradient.

        Parameters
        ----------
        means : (1,) or (2,) array
            Of the parts.

        Returns
        -------
        value : float
            The moment.
        gradient : (1,) or (2,) array
            In the parts.
        """
        if self.given is None:
            return float(means[0]), np.ones(1)
        return _ratio(means)


@dataclass(frozen=True)
class MicroCovariance(SampleMoment):
    """The covariance of two variables over those in the sample, or some of them.

    Parameters
    ----------
    first, second : str
        Columns of agents or of products, or "purchase".
    value : float
        As the sample has it.
    dataset : MicroDataset
        The sample.
    given : str, optional
        Of whom, as in `MicroMean`.

    Examples
    --------
    >>> sample = MicroDataset(name="survey", observations=1000, buyers=True)
    >>> MicroCovariance("prices", "income", 2.1, sample).name
    'cov[prices, income]'
    """

    first: str
    second: str
    value: float
    dataset: MicroDataset
    _: KW_ONLY
    given: str | None = None

    @property
    def name(self) -> str:
        """What tables call it."""
        condition = "" if self.given is None else f" | {self.given}"
        return f"cov[{self.first}, {self.second}{condition}]"

    @property
    def parts(self) -> tuple[Part, ...]:
        """first x second, first and second, each x given, and given."""
        given = () if self.given is None else (self.given,)
        products = ((self.first, self.second), (self.first,), (self.second,))
        return (*((*columns, *given) for columns in products), *((given,) if given else ()))

    def combine(self, means: Array) -> tuple[float, Array]:
        """E[xy] - E[x] E[y], with its gradient.

        Parameters
        ----------
        means : (3,) or (4,) array
            Of the parts.

        Returns
        -------
        value : float
            The moment.
        gradient : (3,) or (4,) array
            In the parts.
        """
        size = 1.0 if self.given is None else float(means[3])
        xy, x, y = means[:3] / size
        gradient = np.array([1.0, -y, -x]) / size
        if self.given is not None:
            gradient = np.append(gradient, (2 * x * y - xy) / size)
        return float(xy - x * y), gradient


@dataclass(frozen=True)
class SecondChoice(SampleMoment):
    """How many of those whose second choice is a product have one like their first.

    Parameters
    ----------
    column : str
        Of products: the same firm, the same class.
    value : float
        The fraction in the sample.
    dataset : MicroDataset
        With second_choices=True.

    References
    ----------
    Berry, S., Levinsohn, J. and Pakes, A. (2004), Differentiated products demand systems from a
    combination of micro and macro data, Journal of Political Economy 112(1).

    Examples
    --------
    >>> survey = MicroDataset(name="second choices", observations=500, second_choices=True)
    >>> SecondChoice("firm_ids", 0.4, survey).name
    'P[second choice of the same firm_ids]'
    """

    column: str
    value: float
    dataset: MicroDataset

    def __post_init__(self) -> None:
        if not self.dataset.second_choices:
            raise refuse(
                expected="a sample with second choices",
                found=f"'{self.dataset.name}' without",
                where="SecondChoice",
                remedy="write MicroDataset(..., second_choices=True).",
            )

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"P[second choice of the same {self.column}]"

    @property
    def parts(self) -> tuple[SameSecondChoice, ...]:
        """Second choices like the first, and second choices that are products."""
        return (SameSecondChoice(self.column), SameSecondChoice())

    def combine(self, means: Array) -> tuple[float, Array]:
        """Their ratio, with its gradient.

        Parameters
        ----------
        means : (2,) array
            Of the parts.

        Returns
        -------
        value : float
            The moment.
        gradient : (2,) array
            In the parts.
        """
        return _ratio(means)


@dataclass(frozen=True, kw_only=True)
class MicroMoment(SampleMoment):
    """Any smooth function of means over a sample.

    Parameters
    ----------
    label : str
        What tables call it.
    value : float
        As the sample has it.
    dataset : MicroDataset
        The sample.
    means : sequence
        Of what: tuples of columns to be multiplied, or functions of a market's products and agents
        that give (I, J + 1) numbers, the outside option first.
    function : callable, optional
        Of the means (n,), giving the moment and its gradient (n,); the only mean unless given.

    Examples
    --------
    >>> survey = MicroDataset(name="survey", observations=1000)
    >>> moment = MicroMoment(label="share", value=0.3, dataset=survey, means=[("purchase",)])
    >>> moment.combine(np.array([0.25]))[0]
    0.25
    """

    label: str
    value: float
    dataset: MicroDataset
    means: Sequence[Part]
    function: Callable[[Array], tuple[float, Array]] | None = None

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.label

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those given."""
        return tuple(part if callable(part) else tuple(part) for part in self.means)

    def combine(self, means: Array) -> tuple[float, Array]:
        """The function, or the only mean.

        Parameters
        ----------
        means : (n,) array
            Of the parts.

        Returns
        -------
        value : float
            The moment.
        gradient : (n,) array
            In the parts.

        Raises
        ------
        InputError
            For several means without a function.
        """
        if self.function is None:
            if len(means) > 1:
                raise refuse(
                    expected="a function of several means",
                    found="none",
                    where=f"MicroMoment {self.label}",
                    remedy="give function=, which gives the moment and its gradient.",
                )
            return float(means[0]), np.ones(1)
        value, gradient = self.function(means)
        return float(value), np.asarray(gradient, dtype=float)


def _ratio(means: Array) -> tuple[float, Array]:
    above, below = means
    return float(above / below), np.array([1 / below, -above / below**2])
