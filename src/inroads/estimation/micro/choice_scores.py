"""Scores of single consumers' choices, and the moments that use all they say.

Consumer n, of market t and demographics y, is in the sample and chooses j with the probability
P_n = sum_i w_i P_ij W_ij / sum_t sum_i sum_j w_i P_ij W_ij, i in the numerator having tastes that
nobody observes. Its score d log P_n / dtheta, shares being met at all theta, is a function of
(t, y, j) once theta is an estimate; its mean over the sample is the moment whose weighted match has
the information of the whole sample (Conlon and Gortmaker 2025).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.estimation.markets.market_state import MarketState
from inroads.estimation.markets.mean_utilities import MeanUtilities
from inroads.estimation.markets.stacks import MarketStack
from inroads.estimation.micro.answers import Answers, read_answers
from inroads.estimation.micro.compile import sample_weights
from inroads.estimation.micro.dataset import MicroDataset
from inroads.estimation.micro.moments import SampleMoment
from inroads.numerics.blas_threads import one_blas_thread
from inroads.numerics.columns import independent_columns
from inroads.tables.cells import cell_text

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

# Numbers in an array of choices by consumers and nodes.
_CHUNK = 2**20


@dataclass(frozen=True, eq=False)
class ScoresOfChoices:
    """By market the score of each agent's every choice (I, J + 1), buying nothing first."""

    by_market: Mapping[str, Array]

    def __call__(self, products: pd.DataFrame, agents: pd.DataFrame) -> Array:
        return self.by_market[cell_text(products["market_ids"].iloc[0])]


@dataclass(frozen=True, eq=False)
class ScoreMoment(SampleMoment):
    """The mean score of a parameter over a sample; `choice_scores` makes it.

    Parameters
    ----------
    parameter : str
        Whose score.
    value : float
        Its mean over the sample.
    dataset : MicroDataset
        The sample.
    scores : ScoresOfChoices
        What it is of every agent and choice.
    """

    parameter: str
    value: float
    dataset: MicroDataset
    scores: ScoresOfChoices

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"score[{self.parameter}]"

    @property
    def parts(self) -> tuple[ScoresOfChoices, ...]:
        """The scores."""
        return (self.scores,)

    def combine(self, means: Array) -> tuple[float, Array]:
        """Their mean.

        Parameters
        ----------
        means : (1,) array
            Of the scores.

        Returns
        -------
        value : float
            The moment.
        gradient : (1,) array
            One.
        """
        return float(means[0]), np.ones(1)


@dataclass(frozen=True, kw_only=True, repr=False)
class ChoiceScores(Displayed):
    """What single consumers' choices say of each parameter at an estimate.

    Parameters
    ----------
    probabilities : Series
        Of each answer: the chance of its choice over that of being in the sample, weights of
        sampling left out.
    scores : DataFrame
        d log P_n / d parameter, a row an answer, a column a parameter that was searched.
    moments : tuple of ScoreMoment
        Mean scores, for `estimate(..., micro=)`; parameters of which the sample says nothing, or
        nothing that others do not, have none.
    """

    probabilities: pd.Series
    scores: pd.DataFrame
    moments: tuple[ScoreMoment, ...]

    @property
    def log_likelihood(self) -> float:
        """Of all answers."""
        return float(np.log(self.probabilities).sum())

    def _card(self) -> Card:
        return Card(
            line=f"ChoiceScores of {counted(len(self.scores), 'answer')}, log likelihood "
            f"{self.log_likelihood:.6g}",
            table=self.scores,
            next_steps=("ir.estimate(..., micro=scores.moments)",),
        )


def choice_scores(
    fit: Estimate,
    dataset: MicroDataset,
    answers: pd.DataFrame,
    *,
    rule: str = "product",
    size: int = 7,
) -> ChoiceScores:
    """What single consumers' choices say of the parameters: optimal micro moments.

    Mean scores at a consistent estimate, as moments of a second one, use all that the sample says
    of what is searched. Repeated until nothing moves they are the conditions of the likelihood of
    the sample beside the moments of shares, shares being met (Grieco, Murry, Pinkse and Sagl 2025).

    Parameters
    ----------
    fit : Estimate
        Consistent, of random coefficients.
    dataset : MicroDataset
        The sample, of first choices.
    answers : DataFrame
        A row a consumer: market_ids, product_ids (missing for buying nothing), and the columns
        that `demographics` uses.
    rule : str
        Of the nodes over which tastes that nobody observes are integrated, as in `draw_agents`.
    size : int
        Of the rule.

    Returns
    -------
    ChoiceScores
        Probabilities and scores of each answer, and the moments for `estimate(micro=)`.

    Raises
    ------
    InputError
        For answers that do not fit the panel or the sample, second choices, availability, and
        estimates without random coefficients.

    References
    ----------
    Conlon, C. and Gortmaker, J. (2025), Incorporating micro data into differentiated products
    demand estimation with PyBLP, Journal of Econometrics.
    Grieco, P., Murry, C., Pinkse, J. and Sagl, S. (2025), Optimal estimation of discrete choice
    demand models with consumer and product data.
    """
    fit.panel.require_outside("choice_scores")
    theta_names = fit.params.index[len(fit.params) - len(fit.layout.start) :]
    if not len(theta_names) or not len(fit.design.random):
        raise refuse(
            expected="an estimate of random coefficients",
            found="one without",
            where="choice_scores",
            remedy="single consumers tell how tastes differ: add `random` and `demographics`.",
        )
    with one_blas_thread():
        read = read_answers(fit, dataset, answers)
        at_estimate = _AtEstimate(fit, dataset, rule, size)
        probabilities, scores = at_estimate.of_answers(read)
        impossible = np.flatnonzero(~(probabilities > 0))
        if impossible.size:
            raise refuse(
                expected="answers that consumers of the sample can give",
                found=f"row {answers.index[impossible[0]]!r}, of probability 0",
                where=f"MicroDataset {dataset.name}",
                remedy="correct the answer, or the weights of the sample.",
            )
        moments = []
        centred = scores - scores.mean(axis=0)
        independent = independent_columns(centred, np.maximum(np.linalg.norm(scores, axis=0), 1e-8))
        by_market = at_estimate.of_agents()
        for p in independent:
            of_choices = ScoresOfChoices({t: values[..., p] for t, values in by_market.items()})
            value = float(scores[:, p].mean())
            moments.append(ScoreMoment(theta_names[p], value, dataset, of_choices))
    return ChoiceScores(
        probabilities=pd.Series(probabilities, answers.index, name="probability"),
        scores=pd.DataFrame(scores, answers.index, theta_names),
        moments=tuple(moments),
    )


class _AtEstimate:
    """Probabilities and their slopes at an estimate, tastes integrated over nodes."""

    def __init__(self, estimate: Estimate, dataset: MicroDataset, rule: str, size: int) -> None:
        self.design, self.layout, panel = estimate.design, estimate.layout, estimate.panel
        if self.design.available is not None or dataset.second_choices:
            raise refuse(
                expected="first choices of consumers who can choose all products",
                found="second choices" if dataset.second_choices else "availability",
                where=f"MicroDataset {dataset.name}",
                remedy="use ir.SecondChoice and other moments for these.",
            )
        self.theta = estimate.params.to_numpy()[len(estimate.params) - len(self.layout.start) :]
        self.delta, self.panel = estimate.delta, panel
        mean_utilities = MeanUtilities(self.design, panel, self.layout)
        self.stacks = mean_utilities.stacks
        state = mean_utilities.state_at(self.theta, self.delta)
        slope = mean_utilities.derivative(state).slope
        assert slope is not None
        self.ddelta = slope
        self.weights = sample_weights(panel, dataset, self.stacks)
        total, in_total = 0.0, np.zeros(len(self.theta))
        for s, weights in zip(state.states, self.weights, strict=True):
            if weights is not None:
                total += weights.sum_of(s)
                in_total += weights.slopes(s, slope[s.stack.products])
        self.total, self.total_score = total, in_total / total
        self.nodes, self.node_weights = self._nodes(rule, size)

    def _nodes(self, rule: str, size: int) -> tuple[Array, Array]:
        """Nodes (Q, K2) of columns of sigma that are searched, zero in others, and weights."""
        # It loads SciPy's special functions, which whoever only saves an estimate does without.
        from inroads.estimation.integration import nodes_and_weights

        used = np.flatnonzero((self.layout.sigma != 0).any(axis=0))
        if not used.size:
            return np.zeros((1, len(self.layout.sigma))), np.ones(1)
        drawn, weights = nodes_and_weights(rule, size, len(used))
        nodes = np.zeros((len(drawn), self.layout.sigma.shape[1]))
        nodes[:, used] = drawn
        return nodes, weights

    def of_answers(self, answers: Answers) -> tuple[Array, Array]:
        """P_n (n,) and d log P_n / dtheta (n, P)."""
        n = len(answers.markets)
        probabilities, scores = np.zeros(n), np.zeros((n, len(self.theta)))
        for stack, row, name in self._markets():
            rows = np.flatnonzero(answers.markets == name)
            if rows.size:
                J = stack.products.shape[1]
                consumers = _consumer_rows(answers.demographics[rows], answers.by_product[rows, :J])
                P, slopes, kinds = self._of_kinds(stack, row, consumers)
                choices = {int(p): j + 1 for j, p in enumerate(stack.products[row])}
                chosen = [choices.get(int(p), 0) for p in answers.products[rows]]
                probabilities[rows] = P[kinds, chosen] / self.total
                scores[rows] = _ratio(slopes[kinds, chosen], P[kinds, chosen]) - self.total_score
        return probabilities, scores

    def of_agents(self) -> dict[str, Array]:
        """Scores (I, J + 1, P) of agents' choices in every market of the sample."""
        scores = {}
        for stack, row, name in self._markets():
            differing = [values[row].T for values in stack.by_product.values()]
            by_product = np.stack(differing, axis=-1) if differing else np.zeros((1, 0, 0))
            consumers = _consumer_rows(stack.demographics[row], by_product)
            P, slopes, kinds = self._of_kinds(stack, row, consumers)
            scores[name] = (_ratio(slopes, P) - self.total_score)[kinds]
        return scores

    def _markets(self) -> Iterator[tuple[MarketStack, int, str]]:
        """Every market of the panel: its stack, its row there, its id."""
        ids = self.panel.products["market_ids"]
        for stack in self.stacks:
            for row, products in enumerate(stack.products):
                yield stack, row, cell_text(ids.iloc[products[0]])

    def _of_kinds(
        self, stack: MarketStack, row: int, consumers: Array
    ) -> tuple[Array, Array, np.ndarray]:
        """Of each kind of consumers (n, ...): P (kinds, J + 1) and dP/dtheta (kinds, J + 1, P).

        Last the kind of each (n,).
        """
        kinds, kind_of_each = np.unique(consumers, axis=0, return_inverse=True)
        J, Q = stack.products.shape[1], len(self.nodes)
        P, slopes = [], []
        step = max(1, _CHUNK // (J * Q))
        for first in range(0, len(kinds), step):
            chunk = self._integrated(stack, row, kinds[first : first + step])
            P.append(chunk[0])
            slopes.append(chunk[1])
        return np.concatenate(P), np.concatenate(slopes), kind_of_each.ravel()

    def _integrated(self, stack: MarketStack, row: int, kinds: Array) -> tuple[Array, Array]:
        Q, C = len(self.nodes), len(kinds)
        products, D = stack.products[row], stack.demographics.shape[-1]
        consumers = np.repeat(kinds, Q, axis=0)
        by_product = consumers[:, D:].reshape(C * Q, len(products), len(stack.by_product))
        one = replace(
            stack,
            products=products[None],
            agents=np.zeros((1, C * Q), dtype=int),
            S=stack.S[[row]],
            X2=stack.X2[[row]],
            nodes=np.tile(self.nodes, (C, 1))[None],
            demographics=consumers[None, :, :D],
            by_product={d: by_product[..., v].T[None] for v, d in enumerate(stack.by_product)},
            w=np.ones((1, C * Q)),
        )
        state = MarketState.at(
            one, self.design, self.layout, self.theta, delta=self.delta[products][None]
        )
        P = self._with_nothing(state.P[0], 1.0)
        slopes = [
            self._with_nothing(state.probability_slope(k, self.ddelta[products, k][None])[0], 0.0)
            for k in range(len(self.theta))
        ]
        return P, np.stack(slopes, axis=-1)

    def _with_nothing(self, inside: Array, total: float) -> Array:
        """Means over nodes (C, J + 1) of (J, C Q), what is left of `total` first."""
        means = inside.reshape(len(inside), -1, len(self.nodes)) @ self.node_weights
        return np.column_stack([total - means.sum(axis=0), means.T])


def _consumer_rows(demographics: Array, by_product: Array) -> Array:
    """A row (D + J V) a consumer, of demographics (n, D) and those by product (n, J, V)."""
    return np.hstack([demographics, by_product.reshape(len(demographics), -1)])


def _ratio(slopes: Array, P: Array) -> Array:
    """dP / P (..., P), zero where nobody chooses."""
    chosen = P[..., None] > 0
    return np.divide(slopes, P[..., None], out=np.zeros_like(slopes), where=chosen)
