"""A panel as stacks of equal-sized markets, each small enough to stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from inroads.choice import Logit, Nested
from inroads.choice.base import Array, ChoiceModel
from inroads.errors import refuse
from inroads.estimation.design.matrices import Design
from inroads.estimation.markets.tastes import Tastes
from inroads.tables.panel import Block, Panel

#: Bytes of a (B, J, I) array. Larger ones leave the cache, smaller ones cost more in calls.
STACK_BYTES = 3 * 2**20
#: The share of a product that pads a market: beside any other it is lost in rounding.
PADDING_SHARE = 1e-30
# Markets are padded by at most this fraction of their own products, or by so few in all: these
# take less time than one more size.
_MAX_PADDED_FRACTION = 0.25
_MAX_PADDED_TOTAL = 30

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class MarketStack:
    """B markets of one size and one pattern of nests, all with a supply side or none.

    products (B, J) and agents (B, I) are positions in the panel; S (B, J) shares; X2 (B, J, K2);
    nodes (B, I, K2), demographics (B, I, D) and weights w (B, I) of agents; available (B, J, I) or
    None; nests (L, J); by_product {d: (B, J, I)}, demographics that differ by product. Where all
    agents choose alike, one stands for all.

    reference (B,): without an outside option, the product of each market to which the others are
    compared, and which is not one of the J: X2 is then less that of the reference, and X2_compared
    (B, J + 1, K2) and by_product (B, J + 1, I) as they are, the reference last.
    """

    products: np.ndarray
    agents: np.ndarray
    S: Array
    X2: Array
    nodes: Array
    demographics: Array
    w: Array
    available: np.ndarray | None
    nests: np.ndarray
    by_product: Mapping[int, Array] = field(default_factory=dict)
    reference: np.ndarray | None = None
    X2_compared: Array | None = None

    def utilities_of(self, delta: Array) -> Array:
        """delta (B, J) out of those of all rows, less that of the reference."""
        own = delta[self.products]
        return np.asarray(own if self.reference is None else own - delta[self.reference][:, None])

    def put(self, table: Array, values: Array) -> None:
        """Write delta, or its slopes, (B, J, ...) into those of all rows; of compared products they
        sum to zero in a market."""
        if self.reference is None:
            table[self.products] = values
            return
        mean = values.sum(axis=1) / (values.shape[1] + 1)
        table[self.products], table[self.reference] = values - mean[:, None], -mean

    def compared(self, values: Array) -> Array:
        """Values of products, less those of the reference, the last, where there is one."""
        return values if self.reference is None else values[:, :-1] - values[:, -1:]

    @property
    def every_product(self) -> np.ndarray:
        """Positions of the products, and at last of the reference where there is one."""
        if self.reference is None:
            return self.products
        return np.column_stack([self.products, self.reference])

    @property
    def characteristics(self) -> Array:
        """X2 of the products, and at last of the reference where there is one."""
        return self.X2 if self.X2_compared is None else self.X2_compared

    def choice_model(self, rho: Array) -> ChoiceModel:
        """The choice model at nesting parameters rho (L,)."""
        return Nested(self.nests, rho) if len(self.nests) else Logit()

    def tastes(self, design: Design, sigma: Array, pi: Array) -> Tastes:
        """g(sigma nodes_i + pi demographics_ij), g the identity or exp (lognormal)."""
        common = np.asarray(self.nodes @ sigma.T + self.demographics @ pi.T)
        added: dict[int, Array] = {}
        for d, values in self.by_product.items():
            for k in np.flatnonzero(pi[:, d]).tolist():
                added[k] = added.get(k, 0.0) + pi[k, d] * values
        for k in np.flatnonzero(design.lognormal).tolist():
            if k in added:
                added[k] = np.exp(common[..., None, :, k] + added[k])
                common[..., k] = 0.0
            else:
                common[..., k] = np.exp(common[..., k])
        return Tastes(common, added)

    def mu(self, tastes: Tastes) -> Array:
        """sum_k x_jk beta_ijk (B, J, I), -inf where an agent cannot choose an offer."""
        if not tastes.by_product:
            mu = np.asarray(self.X2 @ tastes.common.swapaxes(-1, -2))
        else:
            mu = self.compared(tastes.sum_of(self.characteristics))
        return mu if self.available is None else np.where(self.available, mu, -np.inf)

    def price_coefficients(self, design: Design, tastes: Tastes, mean: float) -> Array:
        """du/dprices, `mean`, common to all agents, and what random coefficients add: (B, I), or
        (B, J, I) where demographics that differ by product meet prices.

        Raises InputError where a random coefficient is on something else than a multiple of prices.
        """
        if np.isnan(design.random_slopes).any():
            name = design.random[int(np.argmax(np.isnan(design.random_slopes)))]
            raise refuse(
                expected="prices, or a multiple of them, in `random`",
                found=name,
                where="random",
                remedy="write prices, or I(-prices): only of these are derivatives known.",
            )
        return np.asarray(mean + tastes.weighted(design.random_slopes))


class StackExecutor:
    """Maps pure functions over stacks with `workers` threads, of which the caller's is one."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def __reduce__(self) -> tuple[type, tuple[int]]:
        """Threads do not travel to other processes."""
        return StackExecutor, (self.workers,)

    def map(self, task: Callable[..., R], *columns: Iterable[Any]) -> list[R]:
        """task(*row) for every row of `columns`, in order."""
        rows = list(zip(*columns, strict=True))
        positions = iter(range(len(rows)))
        results: dict[int, R] = {}

        def work() -> None:
            for k in positions:
                results[k] = task(*rows[k])

        helpers = [self._pool.submit(work) for _ in rows[1 : self.workers]]
        try:
            work()
        finally:
            # After Ctrl-C no further row is begun, and no thread outlives this call.
            for _ in positions:
                pass
            wait(helpers)
        for helper in helpers:
            helper.result()
        return [results[k] for k in range(len(rows))]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.workers - 1)


def market_stacks(
    design: Design,
    panel: Panel,
    max_bytes: int = STACK_BYTES,
    *,
    padded: bool = False,
    compared: bool = False,
) -> Iterator[MarketStack]:
    """Every market of the panel, in stacks whose (B, J, I) arrays take at most `max_bytes`.

    compared: whether products are compared to that of the largest share in their market, which is
    left out, as is right where there is no outside option.
    padded: markets of similar size are padded with products whose share is `PADDING_SHARE`, so that
    few stacks serve for many sizes. Their positions are N and beyond.
    """
    S = panel.products["shares"].to_numpy(float)
    X2, blocks = design.X2, panel.blocks
    if padded:
        blocks, n_padding = _padded(blocks, len(S))
        S = np.concatenate([S, np.full(n_padding, PADDING_SHARE)])
        X2 = np.concatenate([X2, np.zeros((n_padding, X2.shape[1]))])
    weights = None if panel.agents is None else panel.agents["weights"].to_numpy(float)
    for block in blocks:
        agents = block.agents[:, :1] if design.identical_agents else block.agents
        J, I = block.products.shape[1], max(agents.shape[1], 1)
        max_markets = max(1, max_bytes // (8 * J * I))
        for rows, nests in _nest_patterns(design, block.products):
            for first in range(0, len(rows), max_markets):
                markets = rows[first : first + max_markets]
                p, a = block.products[markets], agents[markets]
                nodes, demographics, w, available = _agent_arrays(design, a, weights, J)
                stack = MarketStack(
                    products=p,
                    agents=a,
                    S=S[p],
                    X2=X2[p],
                    nodes=nodes,
                    demographics=demographics,
                    w=w,
                    available=available,
                    nests=nests,
                    by_product=_by_product(design, a, J),
                )
                yield _compared(stack) if compared else stack


def _compared(stack: MarketStack) -> MarketStack:
    """The stack's products compared to those of the largest share, which are left out."""
    J = stack.S.shape[1]
    is_largest = np.arange(J) == stack.S.argmax(axis=1)[:, None]
    order = np.argsort(is_largest, axis=1, kind="stable")[..., None]
    X2 = np.take_along_axis(stack.X2, order, axis=1)
    products = np.take_along_axis(stack.products, order[..., 0], axis=1)
    return replace(
        stack,
        products=products[:, :-1],
        reference=products[:, -1],
        S=np.take_along_axis(stack.S, order[..., 0], axis=1)[:, :-1],
        X2=X2[:, :-1] - X2[:, -1:],
        X2_compared=X2,
        by_product={d: np.take_along_axis(D, order, axis=1) for d, D in stack.by_product.items()},
        nests=stack.nests[:, :-1],
    )


def _padded(blocks: Sequence[Block], N: int) -> tuple[list[Block], int]:
    """Blocks of similar size as one, padded with products from N on; how many of these there are.

    Sizes are joined where they are similar, and where few products are added in all.
    """
    joined_blocks: list[Block] = []
    n_padding = 0
    for group in _similar_sizes(blocks):
        J = group[0].products.shape[1]
        rows = []
        for block in group:
            B, J_block = block.products.shape
            count = B * (J - J_block)
            padding = N + n_padding + np.arange(count).reshape(B, J - J_block)
            rows.append(np.hstack([block.products, padding]))
            n_padding += count
        joined_blocks.append(Block(np.vstack(rows), np.vstack([block.agents for block in group])))
    return joined_blocks, n_padding


def _similar_sizes(blocks: Sequence[Block]) -> list[list[Block]]:
    """Groups of blocks that are to be padded to the size of the first of each group."""
    similar: list[list[Block]] = []
    for block in sorted(blocks, key=lambda b: (b.agents.shape[1], -b.products.shape[1])):
        allowed = _MAX_PADDED_FRACTION * block.products.size
        if similar and _padding_needed(similar[-1][0], [block]) <= allowed:
            similar[-1].append(block)
        else:
            similar.append([block])
    groups = similar[:1]
    for group in similar[1:]:
        if _padding_needed(groups[-1][0], group) <= _MAX_PADDED_TOTAL:
            groups[-1] += group
        else:
            groups.append(group)
    return groups


def _padding_needed(large: Block, small: Sequence[Block]) -> float:
    """Products that pad smaller blocks to a larger one's size; inf for another number of agents."""
    if any(block.agents.shape[1] != large.agents.shape[1] for block in small):
        return np.inf
    J = large.products.shape[1]
    return float(sum(len(block.products) * (J - block.products.shape[1]) for block in small))


def _agent_arrays(
    design: Design, a: np.ndarray, weights: Array | None, J: int
) -> tuple[Array, Array, Array, np.ndarray | None]:
    """Nodes, demographics, weights and availability of J products for agents a (B, I)."""
    if design.identical_agents or weights is None:
        demographics = np.zeros((len(a), 1, design.demographics.shape[1]))
        return np.zeros((len(a), 1, 0)), demographics, np.ones((len(a), 1)), None
    available = None
    if design.available is not None:
        available = design.available[a][..., :J].swapaxes(-1, -2)
    return design.nodes[a], design.demographics[a], weights[a], available


def _by_product(design: Design, a: np.ndarray, J: int) -> dict[int, Array]:
    """Demographics that differ by product, of J products, for agents a (B, I): {d: (B, J, I)}."""
    if design.by_product is None or design.identical_agents:
        return {}
    values, columns = design.by_product.values, design.by_product.columns
    return {d: values[a, :J, v].swapaxes(-1, -2) for v, d in enumerate(columns)}


def _nest_patterns(design: Design, products: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of `products` (B, J) with the same nests by position, and these nests (L, J).

    Markets with a supply side and markets without are kept apart.
    """
    J, first = products.shape[1], products[:, :1]
    has_supply = np.ones_like(first) if design.supply is None else design.supplied[first]
    levels = [_by_appearance(level[products]) for level in design.nests]
    keys = np.ascontiguousarray(np.hstack([has_supply, *levels]), dtype=np.int64)
    rows_of: dict[bytes, list[int]] = {}
    for row, key in enumerate(keys.view(f"V{8 * keys.shape[1]}").ravel().tolist()):
        rows_of.setdefault(key, []).append(row)
    for rows in rows_of.values():
        yield np.array(rows), keys[rows[0], 1:].reshape(len(levels), J)


def _by_appearance(codes: np.ndarray) -> np.ndarray:
    """Codes of each row renamed 0, 1, ... in the order in which they first appear."""
    order = np.argsort(codes, axis=1, kind="stable")
    ordered = np.take_along_axis(codes, order, axis=1)
    places = np.broadcast_to(np.arange(codes.shape[1]), codes.shape)
    begins = np.where(np.diff(ordered, axis=1, prepend=ordered[:, :1] - 1) != 0, places, 0)
    first = np.empty_like(order)
    first_of_ordered = np.take_along_axis(order, np.maximum.accumulate(begins, axis=1), axis=1)
    np.put_along_axis(first, order, first_of_ordered, axis=1)
    appears = np.cumsum(first == places, axis=1) - 1
    return np.asarray(np.take_along_axis(appears, first, axis=1))
