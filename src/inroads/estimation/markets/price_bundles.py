"""Products whose prices are set jointly, in bundles that can be solved independently.

A firm's first-order conditions on its prices hold given rivals' prices, so that of the slopes of
shares only those among its own products matter; and to them rivals are as good as the outside
option. Markets fall into groups of products, each solved alone: of firms, or of firms that count
each other's profit. Groups of many sizes are packed into bundles of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.conduct.bertrand import ownership


@dataclass(frozen=True)
class PaddedRows:
    """Sets of S products out of tables (B, J, ...), each out of one of B markets.

    index (G, S): positions in such a table, its first two axes taken as one; market (G,): which of
    B each is out of; belongs (G, S): which products are in the set, the others pad it.
    """

    index: np.ndarray
    market: np.ndarray
    belongs: Mask

    @classmethod
    def from_sets(cls, sets: list[tuple[int, np.ndarray]], J: int, size: int) -> PaddedRows:
        """Sets (which of B, positions among J) padded to `size` with others of their market, each
        once where there are enough."""
        index = np.empty((len(sets), size), dtype=int)
        belongs = np.arange(size) < np.array([[len(positions)] for _, positions in sets])
        for row, (market, positions) in zip(index, sets, strict=True):
            is_other = np.ones(J, dtype=bool)
            is_other[positions] = False
            order = np.concatenate([positions, np.flatnonzero(is_other)])
            row[:] = market * J + order[:size]
        return cls(index, np.array([market for market, _ in sets]), belongs)

    def take(self, table: Array) -> Array:
        """Rows of a table (B, J, ...) as (G, S, ...)."""
        return np.take(_flat(table), self.index, axis=0)

    def put(self, table: Array, values: Array) -> None:
        """Write values (G, S, ...) of what belongs to the sets into a table (B, J, ...)."""
        _flat(table)[self.index[self.belongs]] = values[self.belongs]


@dataclass(frozen=True)
class PriceBundles:
    """Bundles of products out of a stack's markets.

    owns (G, S, S): how much the firm of j counts k's profit. firms: where firms count their own
    profit alone, their products out of bundles, by about their number.
    """

    rows: PaddedRows
    owns: Array
    firms: tuple[PaddedRows, ...]


def _flat(table: Array) -> Array:
    """A view of a table (B, J, ...) with its first two axes as one."""
    return table.reshape(table.shape[0] * table.shape[1], *table.shape[2:])


def price_bundles(owns: Array | np.ndarray, whole_markets: bool) -> PriceBundles:
    """Markets split into bundles as large as their largest group.

    owns: (B, J, J), or, where each firm counts its own profit and no other, firms (B, J) as codes,
    products of -1 being left out, priced by nobody. whole_markets: whether each market is one
    bundle, whatever is owned.
    """
    B, J = owns.shape[:2]
    firms = owns if owns.ndim == 2 else None
    if whole_markets:
        labels = np.zeros((B, J), dtype=int)
    else:
        labels = np.array([_connected(o) for o in owns]) if firms is None else firms
    groups_by_market = [
        [np.flatnonzero(market == group) for group in np.unique(market[market >= 0])]
        for market in labels
    ]
    size = max(len(group) for groups in groups_by_market for group in groups)
    sets = [
        (market, bundle)
        for market, groups in enumerate(groups_by_market)
        for bundle in _packed(groups, size)
    ]
    rows = PaddedRows.from_sets(sets, J, size)
    by_firm: tuple[PaddedRows, ...] = ()
    if firms is None:
        positions = rows.index - rows.market[:, None] * J
        owns_in_bundle = owns[
            rows.market[:, None, None], positions[..., :, None], positions[..., None, :]
        ]
    else:
        firms_in_bundle = firms.ravel()[rows.index]
        owns_in_bundle = ownership(firms_in_bundle)
        by_firm = _by_size(np.where(rows.belongs, firms_in_bundle, -1))
    both_belong = rows.belongs[..., :, None] & rows.belongs[..., None, :]
    return PriceBundles(rows, np.where(both_belong, owns_in_bundle, np.eye(size)), by_firm)


def _connected(owns: Array) -> np.ndarray:
    """The same label (J,) for products that owns (J, J) connects, directly or not."""
    from scipy.sparse.csgraph import connected_components

    return np.asarray(connected_components(owns != 0, directed=False)[1])


def _packed(groups: list[np.ndarray], size: int) -> list[np.ndarray]:
    """Groups packed into bundles of at most `size` products, as evenly as can be."""
    n_products = sum(len(group) for group in groups)
    bundles: list[list[np.ndarray]] = [[] for _ in range(-(-n_products // size))]
    for group in sorted(groups, key=len, reverse=True):
        roomy = [bundle for bundle in bundles if sum(map(len, bundle)) + len(group) <= size]
        if not roomy:
            roomy = [[]]
            bundles += roomy
        min(roomy, key=lambda bundle: sum(map(len, bundle))).append(group)
    return [np.concatenate(bundle) for bundle in bundles if bundle]


def _by_size(firms: np.ndarray) -> tuple[PaddedRows, ...]:
    """Firms (G, S), codes of at least 0, out of bundles, padded to powers of four."""
    sets_by_size: dict[int, list[tuple[int, np.ndarray]]] = {}
    for g, bundle in enumerate(firms):
        for firm in np.unique(bundle[bundle >= 0]):
            positions = np.flatnonzero(bundle == firm)
            size = next(s for k in count() if (s := 4**k) >= len(positions))
            sets_by_size.setdefault(min(size, firms.shape[1]), []).append((g, positions))
    return tuple(
        PaddedRows.from_sets(sets, firms.shape[1], size)
        for size, sets in sorted(sets_by_size.items())
    )
