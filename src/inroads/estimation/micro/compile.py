"""Moments of samples as arrays on the stacks of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import ConvergenceError, InputError, refuse
from inroads.estimation.markets.mean_utilities import MeanUtilities
from inroads.estimation.markets.stacks import MarketStack
from inroads.estimation.micro.dataset import ChoiceFunction, MicroDataset
from inroads.estimation.micro.moments import PURCHASE, Part, SameSecondChoice, SampleMoment
from inroads.estimation.micro.part_sums import ChoiceWeights
from inroads.estimation.micro.sample_moments import Sample, SampleMoments
from inroads.estimation.micro.second_choices import SecondChoiceWeights
from inroads.estimation.micro.sums_together import SampleWeights
from inroads.tables.naming import label, suggestion
from inroads.tables.panel import Panel

# Moments whose correlations have an eigenvalue below this repeat each other.
_REPEATED = 1e-10
_ONE = np.ones((1, 1))


def sample_moments(
    moments: Sequence[SampleMoment],
    panel: Panel,
    stacks: Sequence[MarketStack],
    covariance: ArrayLike | None = None,
) -> SampleMoments:
    """Moments on the stacks of a panel.

    Raises InputError for markets and columns that are not there, samples without anybody, moments
    that come twice, and a covariance that is none.
    """
    _check(moments)
    parts: dict[tuple[MicroDataset, Any], int] = {}
    positions = []
    for moment in moments:
        places = [parts.setdefault((moment.dataset, part), len(parts)) for part in moment.parts]
        positions.append(tuple(places))
    samples = []
    for dataset in dict.fromkeys(moment.dataset for moment in moments):
        own = [(part, place) for (of, part), place in parts.items() if of == dataset]
        on_stacks = _OnStacks(panel, dataset)
        samples.append(
            Sample(
                observations=dataset.observations,
                positions=tuple(place for _, place in own),
                weights=sample_weights(panel, dataset, stacks),
                values=tuple(tuple(on_stacks.part(p, stack) for p, _ in own) for stack in stacks),
            )
        )
    return SampleMoments(
        moments=tuple(moments),
        samples=tuple(samples),
        positions=tuple(positions),
        N=len(panel),
        given_covariance=None if covariance is None else _covariance(covariance, len(moments)),
    )


def sample_weights(
    panel: Panel, dataset: MicroDataset, stacks: Sequence[MarketStack]
) -> tuple[SampleWeights | None, ...]:
    """Of a sample on each stack, None where it has nobody there.

    Raises InputError for markets and columns that are not there, and a sample without anybody.
    """
    on_stacks = _OnStacks(panel, dataset)
    weights = tuple(on_stacks.weights(stack) for stack in stacks)
    if all(w is None or not _any(w) for w in weights):
        raise refuse(
            expected="a sample with somebody in it",
            found="weights that are 0 for all",
            where=f"MicroDataset {dataset.name}",
            remedy="correct its weights or its markets.",
        )
    return weights


def weighted_at_start(moments: SampleMoments, mean_utilities: MeanUtilities) -> SampleMoments:
    """The same with first weights by the sampling covariance where the search starts.

    Raises InputError where shares cannot be inverted there, and where moments explain each other.
    """
    try:
        state = mean_utilities.solve(mean_utilities.layout.start)
    except ConvergenceError as error:
        raise refuse(
            expected="a start at which shares can be inverted",
            found=str(error),
            where="start",
            remedy="start nearer to zero.",
        ) from None
    S = moments.covariance(state)
    size = np.sqrt(np.diag(S))
    values, vectors = np.linalg.eigh(S / np.outer(size, size)) if (size > 0).all() else (size, None)
    if vectors is None or values[0] < _REPEATED:
        weights = np.abs(vectors[:, 0]) if vectors is not None else (size == 0).astype(float)
        names = [m.name for m, w in zip(moments.moments, weights, strict=True) if w > 0.1]
        raise refuse(
            expected="micro moments that vary apart from each other",
            found=f"{', '.join(names)}, which do not",
            where="micro",
            remedy="drop one of them.",
        )
    return replace(moments, factor=vectors / np.sqrt(values) / size[:, None])


def _check(moments: Sequence[SampleMoment]) -> None:
    faults = [m for m in moments if not isinstance(m, SampleMoment)]
    if not isinstance(moments, Sequence) or not moments or faults:
        raise refuse(
            expected="micro moments (ir.MicroMean, ir.MicroCovariance, ir.SecondChoice, ...)",
            found=repr(faults[0] if faults else moments)[:80],
            where="micro",
            remedy="give a list of them.",
        )
    for moment in moments:
        value = moment.value
        if isinstance(value, (str, MicroDataset)) or not np.isfinite(value):
            raise refuse(
                expected="a finite number as the moment's value, then its dataset",
                found=repr(value)[:60],
                where=f"micro: {moment.name}",
                remedy="give names of columns first, then the value, then the dataset.",
            )
    keys = [(m.dataset, m.name) for m in moments]
    twice = [name for k, (_, name) in enumerate(keys) if keys[k] in keys[:k]]
    if twice:
        raise refuse(
            expected="each micro moment once",
            found=f"{twice[0]} twice",
            where="micro",
            remedy="drop one.",
        )


def _covariance(covariance: ArrayLike, M: int) -> Array:
    S = np.asarray(covariance, dtype=float)
    symmetric = S.shape == (M, M) and np.allclose(S, S.T, rtol=1e-6, atol=1e-12)
    if not symmetric or np.linalg.eigvalsh((S + S.T) / 2)[0] <= 0:
        raise refuse(
            expected=f"a covariance ({M}, {M}) of the observed values, positive definite",
            found=f"the shape {S.shape}" if S.shape != (M, M) else "one that is not",
            where="micro_covariance",
            remedy="drop moments that others explain, or leave it out.",
        )
    return np.asarray((S + S.T) / 2)


def _any(weights: SampleWeights) -> bool:
    if isinstance(weights, SecondChoiceWeights):
        return bool(weights.by_agent.any() and weights.pairs.any())
    inside = bool(weights.by_product.any() and weights.by_agent.any())
    if inside and weights.by_choice is not None:
        inside = bool(weights.by_choice.any())
    return inside or bool(weights.outside.any())


class _OnStacks:
    """Columns and functions as weights over the choices of stacks, for one dataset."""

    def __init__(self, panel: Panel, dataset: MicroDataset) -> None:
        assert panel.agents is not None
        self.panel, self.dataset = panel, dataset
        self.products, self.agents = panel.products, panel.agents
        self.where = f"MicroDataset {dataset.name}"
        markets = panel.products["market_ids"]
        self.in_sample = np.ones(len(panel), dtype=bool)
        if dataset.markets is not None:
            ids = dict.fromkeys(panel.markets)
            names = {m: label(m, ids) for m in dataset.markets}
            for market, name in names.items():
                if name is None:
                    raise refuse(
                        expected="markets of the panel",
                        found=repr(market),
                        where=self.where,
                        remedy="correct or drop it.",
                    )
            self.in_sample = markets.isin(list(names.values())).to_numpy()

    def weights(self, stack: MarketStack) -> SampleWeights | None:
        """Of the sample; None where no market of the stack is in it."""
        in_sample = self.in_sample[stack.products[:, 0]].astype(float)
        if not in_sample.any():
            return None
        dataset = self.dataset
        by_market = ChoiceWeights(_ONE, in_sample[:, None], in_sample[:, None])
        if dataset.weights is None:
            weights = by_market
        elif callable(dataset.weights):
            weights = by_market * self._function(dataset.weights, stack)
        else:
            weights = by_market * self._column(dataset.weights, stack)
        if dataset.buyers:
            weights = weights * self._column(PURCHASE, stack)
        lowest = weights.lowest
        if not lowest >= 0:
            raise refuse(
                expected="weights of at least 0",
                found=f"{lowest:g}",
                where=self.where,
                remedy="correct its weights.",
            )
        if not dataset.second_choices:
            return weights
        self.panel.require_outside(self.where)
        if weights.by_choice is not None:
            raise refuse(
                expected="second choices with weights by agent or by product",
                found="a function of both",
                where=self.where,
                remedy="give a column as weights.",
            )
        by_product = weights.by_product
        return SecondChoiceWeights(by_product[..., None], by_product, weights.by_agent)

    def part(self, part: Part | SameSecondChoice, stack: MarketStack) -> SampleWeights:
        """Values of a part."""
        if isinstance(part, SameSecondChoice):
            return self._second_choice(part, stack)
        if self.dataset.second_choices:
            raise refuse(
                expected="moments of second choices of a sample with second choices",
                found=str(part),
                where=self.where,
                remedy="give another dataset for first choices.",
            )
        if callable(part):
            return self._function(part, stack)
        product = ChoiceWeights(_ONE, _ONE, _ONE)
        for name in part:
            product = product * self._column(name, stack)
        return product

    def _second_choice(self, part: SameSecondChoice, stack: MarketStack) -> SecondChoiceWeights:
        real = stack.products < len(self.panel)
        pairs = (real[:, :, None] & real[:, None, :]).astype(float)
        if part.column is not None:
            self._check_there(part.column, (self.products,))
            codes = pd.factorize(self.products[part.column])[0]
            codes = np.append(codes, -1)[np.minimum(stack.products, len(codes))]
            pairs *= codes[:, :, None] == codes[:, None, :]
        return SecondChoiceWeights(pairs, 0.0 * _ONE, _ONE)

    def _column(self, name: str, stack: MarketStack) -> ChoiceWeights:
        no_outside = stack.reference is not None
        if name == PURCHASE:
            return ChoiceWeights(_ONE, _ONE, _ONE if no_outside else 0.0 * _ONE)
        if name not in self.agents and name not in self.products and f"{name}0" in self.agents:
            return self._by_product(name, stack)
        self._check_there(name, (self.products, self.agents))
        if name in self.agents:
            values = self._numbers(self.agents[name])[stack.agents]
            return ChoiceWeights(_ONE, values, values)
        values = np.append(self._numbers(self.products[name]), 0.0)
        inside = values[np.minimum(stack.every_product, len(self.panel))]
        if no_outside:
            return ChoiceWeights(inside[:, :-1], _ONE, inside[:, -1:])
        return ChoiceWeights(inside, _ONE, 0.0 * _ONE)

    def _by_product(self, name: str, stack: MarketStack) -> ChoiceWeights:
        """What agents have of each product of their market: distance0, distance1, ..."""
        places = self.products.groupby("market_ids", sort=False).cumcount().to_numpy()
        products, N = stack.every_product, len(self.panel)
        own = places[np.minimum(products, N - 1)]
        inside = np.zeros((*products.shape, stack.agents.shape[1]))
        for j in range(own.max() + 1):
            self._check_there(f"{name}{j}", (self.agents,))
            b, row = np.nonzero((own == j) & (products < N))
            cells = self.agents[f"{name}{j}"].iloc[stack.agents[b].ravel()]
            inside[b, row] = self._numbers(cells).reshape(len(b), -1)
        return self._by_choice(inside, np.zeros(stack.w.shape), stack)

    def _by_choice(self, inside: Array, outside: Array, stack: MarketStack) -> ChoiceWeights:
        """Weights of every product (B, J, I), at last of a reference, or else of buying nothing."""
        if stack.reference is not None:
            return ChoiceWeights(_ONE, _ONE, inside[:, -1], by_choice=inside[:, :-1])
        return ChoiceWeights(_ONE, _ONE, outside, by_choice=inside)

    def _check_there(self, name: str, tables: Sequence[pd.DataFrame]) -> None:
        holders = [table for table in tables if name in table]
        if len(holders) == 1:
            return
        names = [str(c) for table in tables for c in table]
        raise refuse(
            expected=f"a column '{name}' of " + " or ".join(("products", "agents")[: len(tables)]),
            found="one in both" if holders else "none",
            where=self.where,
            remedy="rename one of them."
            if holders
            else suggestion(name, names) or f"add it, or write '{PURCHASE}'.",
        )

    def _numbers(self, column: pd.Series) -> Array:
        values = pd.to_numeric(column, errors="coerce").to_numpy(float)
        if not np.isfinite(values).all():
            raise refuse(
                expected=f"numbers in '{column.name}'",
                found=repr(column.iloc[int(np.argmax(~np.isfinite(values)))]),
                where=self.where,
                remedy="correct the column.",
            )
        return np.asarray(values)

    def _function(self, function: ChoiceFunction, stack: MarketStack) -> ChoiceWeights:
        products, I = stack.every_product, stack.agents.shape[1]
        inside, outside = np.zeros((*products.shape, I)), np.zeros(stack.agents.shape)
        for row, (p, a) in enumerate(zip(products, stack.agents, strict=True)):
            # In the order of the panel, whichever is compared with the others.
            order = np.argsort(p, kind="stable")[: int((p < len(self.panel)).sum())]
            values = np.asarray(
                function(self.products.iloc[p[order]], self.agents.iloc[a]), dtype=float
            )
            if values.shape != (I, len(order) + 1) or not np.isfinite(values).all():
                raise self._shape_refused(values, I, len(order))
            outside[row], inside[row, order] = values[:, 0], values[:, 1:].T
        return self._by_choice(inside, outside, stack)

    def _shape_refused(self, values: Array, I: int, J: int) -> InputError:
        return refuse(
            expected=f"finite numbers ({I}, {J + 1}): a row an agent, the outside option first",
            found=f"the shape {values.shape}",
            where=self.where,
            remedy="correct the function.",
        )
