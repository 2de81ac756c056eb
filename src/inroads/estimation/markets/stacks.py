"""A panel as stacks of markets alike, each small enough to stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from inroads.choice import Logit, Nested
from inroads.choice.model import Array, ChoiceModel
from inroads.errors import InputError
from inroads.estimation.design.matrices import Design
from inroads.tables.panel import Block, Panel

#: Bytes of a (B, J, I) array. Larger ones leave the cache, smaller ones cost more in calls.
STACK = 3 * 2**20
#: The share of a product that fills up a market: beside any other it is lost in rounding.
UNNOTICED = 1e-30
# Markets are filled up by this part of their own products, or by so few in all: these take less
# time than one more size.
_ALIKE = 0.25
_FEW = 30


@dataclass(frozen=True)
class Part:
    """Markets of one size and one pattern of nests, all with a supply side or none.

    products (B, J) and agents (B, I) are positions in the panel; S (B, J) shares; X2 (B, J, K2);
    nodes (B, I, K2), people (B, I, D) and weights w (B, I) of agents; available (B, J, I) or None;
    nests (L, J). Where all agents choose alike, one stands for all.
    """

    products: np.ndarray
    agents: np.ndarray
    S: Array
    X2: Array
    nodes: Array
    people: Array
    w: Array
    available: np.ndarray | None
    nests: np.ndarray

    def model(self, rho: Array) -> ChoiceModel:
        """The choice model at nesting parameters rho (L,)."""
        return Nested(self.nests, rho) if len(self.nests) else Logit()

    def tastes(self, design: Design, sigma: Array, pi: Array) -> Array:
        """Random coefficients (B, I, K2) at sigma (K2, K2) and pi (K2, D)."""
        values = self.nodes @ sigma.T + self.people @ pi.T
        if design.lognormal.any():
            values[..., design.lognormal] = np.exp(values[..., design.lognormal])
        return np.asarray(values)

    def mu(self, tastes: Array) -> Array:
        """What tastes add to utility (B, J, I), -inf where an agent cannot choose an offer."""
        mu = self.X2 @ tastes.swapaxes(-1, -2)
        return mu if self.available is None else np.where(self.available, mu, -np.inf)

    def alpha(self, design: Design, tastes: Array, common: float) -> Array:
        """du/dprices (B, I), `common` to all agents and what tastes add to it.

        Raises InputError where a random coefficient is on something else than a multiple of prices.
        """
        if np.isnan(design.random_slopes).any():
            name = design.random[int(np.argmax(np.isnan(design.random_slopes)))]
            raise InputError.single(
                expected="prices, or a multiple of them, in `random`",
                found=name,
                where="random",
                remedy="write prices, or I(-prices): only of these are derivatives known.",
            )
        return np.asarray(common + tastes @ design.random_slopes)


def parts(
    design: Design, panel: Panel, size: int = STACK, *, filled: bool = False
) -> Iterator[Part]:
    """Every market of the panel, in stacks whose (B, J, I) arrays take at most `size` bytes.

    filled: markets of about one size are filled up with products that nobody notices, whose share
    is `UNNOTICED`, so that few stacks serve for many sizes. Their positions are N and beyond.
    """
    S = panel.products["shares"].to_numpy(float)
    X2, blocks = design.X2, panel.blocks
    if filled:
        blocks, more = _filled(blocks, len(S))
        S = np.concatenate([S, np.full(more, UNNOTICED)])
        X2 = np.concatenate([X2, np.zeros((more, X2.shape[1]))])
    weights = None if panel.agents is None else panel.agents["weights"].to_numpy(float)
    for block in blocks:
        agents = block.agents[:, :1] if design.alike else block.agents
        J, I = block.products.shape[1], max(agents.shape[1], 1)
        most = max(1, size // (8 * J * I))
        for rows, nests in _patterns(design, block.products):
            for first in range(0, len(rows), most):
                some = rows[first : first + most]
                p, a = block.products[some], agents[some]
                yield Part(p, a, S[p], X2[p], *_people(design, a, weights, J), nests)


def _filled(blocks: Sequence[Block], N: int) -> tuple[list[Block], int]:
    """Blocks of about one size as one, products from N on filling the smaller; how many these are.

    They are filled up where sizes are alike, and where few products are added in all.
    """
    found: list[Block] = []
    more = 0
    for some in _alike(blocks):
        J = some[0].products.shape[1]
        rows = []
        for block in some:
            B, own = block.products.shape
            count = B * (J - own)
            new = N + more + np.arange(count).reshape(B, J - own)
            rows.append(np.hstack([block.products, new]))
            more += count
        found.append(Block(np.vstack(rows), np.vstack([block.agents for block in some])))
    return found, more


def _alike(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks that are to be filled up to the size of the first of them."""
    alike: list[list[Block]] = []
    for block in sorted(blocks, key=lambda one: (one.agents.shape[1], -one.products.shape[1])):
        if alike and _added(alike[-1][0], [block]) <= _ALIKE * block.products.size:
            alike[-1].append(block)
        else:
            alike.append([block])
    found = alike[:1]
    for some in alike[1:]:
        if _added(found[-1][0], some) <= _FEW:
            found[-1] += some
        else:
            found.append(some)
    return found


def _added(large: Block, small: Sequence[Block]) -> float:
    """Products that fill smaller blocks up to a larger one's size; inf beside other agents."""
    if any(block.agents.shape[1] != large.agents.shape[1] for block in small):
        return np.inf
    J = large.products.shape[1]
    return float(sum(len(block.products) * (J - block.products.shape[1]) for block in small))


def _people(
    design: Design, a: np.ndarray, weights: Array | None, J: int
) -> tuple[Array, Array, Array, np.ndarray | None]:
    """Nodes, demographics, weights and what is available to agents a (B, I) of J products."""
    if design.alike or weights is None:
        told = np.zeros((len(a), 1, design.demographics.shape[1]))
        return np.zeros((len(a), 1, 0)), told, np.ones((len(a), 1)), None
    available = None
    if design.available is not None:
        available = design.available[a][..., :J].swapaxes(-1, -2)
    return design.nodes[a], design.demographics[a], weights[a], available


def _patterns(design: Design, products: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of `products` (B, J) with the same nests by place, and these (L, J).

    Markets with a supply side and markets without are kept apart.
    """
    found: dict[tuple[bytes, bool], tuple[list[int], np.ndarray]] = {}
    for row, p in enumerate(products):
        levels = [_by_appearance(level[p]) for level in design.nests]
        pattern = np.array(levels, dtype=int).reshape(len(levels), len(p))
        supplied = design.supply is None or bool(design.supplied[p[0]])
        found.setdefault((pattern.tobytes(), supplied), ([], pattern))[0].append(row)
    for rows, pattern in found.values():
        yield np.array(rows), pattern


def _by_appearance(codes: np.ndarray) -> np.ndarray:
    """Codes renamed 0, 1, ... in the order in which they first come up."""
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[places])
