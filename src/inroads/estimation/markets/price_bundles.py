"""Products whose prices are set together, apart from all others of their market.

A firm's conditions on its prices hold given rivals' prices, so that of the slopes of shares only
those among its own products matter; and to them rivals are as good as the outside option. Markets
fall into groups of products, each solved alone: of firms, or of firms that count each other's
profit. Groups of many sizes are put together to bundles of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np

from inroads.choice.model import Array, Mask


@dataclass(frozen=True)
class Rows:
    """Sets of S products out of tables (B, J, ...), each out of one of B.

    rows (G, S) are places in such a table, its first two axes taken as one; origin (G,) which of B
    each is out of; own (G, S) which belong to it, the others filling it up.
    """

    rows: np.ndarray
    origin: np.ndarray
    own: Mask

    @classmethod
    def out_of(cls, sets: list[tuple[int, np.ndarray]], J: int, size: int) -> Rows:
        """Sets (which of B, places among J) filled up to `size` with others of theirs, each once
        where there are enough."""
        rows = np.empty((len(sets), size), dtype=int)
        own = np.arange(size) < np.array([[len(places)] for _, places in sets])
        for row, (origin, places) in zip(rows, sets, strict=True):
            others = np.ones(J, dtype=bool)
            others[places] = False
            order = np.concatenate([places, np.flatnonzero(others)])
            row[:] = origin * J + order[:size]
        return cls(rows, np.array([origin for origin, _ in sets]), own)

    def of(self, table: Array) -> Array:
        """Rows of a table (B, J, ...) as (G, S, ...)."""
        return np.take(_flat(table), self.rows, axis=0)

    def put(self, table: Array, values: Array) -> None:
        """Write values (G, S, ...) of what belongs to the sets into a table (B, J, ...)."""
        _flat(table)[self.rows[self.own]] = values[self.own]


@dataclass(frozen=True)
class Tied:
    """Bundles of products out of a part's markets.

    owns (G, S, S): how much the firm of j counts k's profit. firms: where firms count their own
    profit alone, these out of bundles, by about their size.
    """

    bundles: Rows
    owns: Array
    firms: tuple[Rows, ...]


def _flat(table: Array) -> Array:
    """A view of a table (B, J, ...) with its first two axes as one."""
    return table.reshape(table.shape[0] * table.shape[1], *table.shape[2:])


def tied(owns: Array, firms: np.ndarray | None, whole: bool) -> Tied:
    """Markets with owns (B, J, J), taken apart into bundles as large as their largest group.

    firms (B, J): codes, products of -1 being left out, priced by nobody; None where firms count
    others' profit too. whole: whether each market is one bundle, whatever is owned.
    """
    B, J = owns.shape[:2]
    if whole:
        labels = np.zeros((B, J), dtype=int)
    else:
        labels = np.array([_joined(one) for one in owns]) if firms is None else firms
    found = [
        [np.flatnonzero(market == group) for group in np.unique(market[market >= 0])]
        for market in labels
    ]
    size = max(len(group) for groups in found for group in groups)
    sets = [(market, some) for market, groups in enumerate(found) for some in _packed(groups, size)]
    bundles = Rows.out_of(sets, J, size)
    places = bundles.rows - bundles.origin[:, None] * J
    here = owns[bundles.origin[:, None, None], places[..., :, None], places[..., None, :]]
    both = bundles.own[..., :, None] & bundles.own[..., None, :]
    alone: tuple[Rows, ...] = ()
    if firms is not None:
        alone = _by_size(np.where(bundles.own, firms.ravel()[bundles.rows], -1))
    return Tied(bundles, np.where(both, here, np.eye(size)), alone)


def _joined(owns: Array) -> np.ndarray:
    """The same label (J,) for products that owns (J, J) joins, directly or not."""
    from scipy.sparse.csgraph import connected_components

    return np.asarray(connected_components(owns != 0, directed=False)[1])


def _packed(groups: list[np.ndarray], size: int) -> list[np.ndarray]:
    """Groups put together to at most `size` products each, as evenly as can be."""
    total = sum(len(group) for group in groups)
    packed: list[list[np.ndarray]] = [[] for _ in range(-(-total // size))]
    for group in sorted(groups, key=len, reverse=True):
        room = [each for each in packed if sum(map(len, each)) + len(group) <= size]
        if not room:
            room = [[]]
            packed += room
        min(room, key=lambda each: sum(map(len, each))).append(group)
    return [np.concatenate(each) for each in packed if each]


def _by_size(firms: np.ndarray) -> tuple[Rows, ...]:
    """Firms (G, S), codes of at least 0, out of bundles, filled up to powers of four."""
    found: dict[int, list[tuple[int, np.ndarray]]] = {}
    for g, bundle in enumerate(firms):
        for firm in np.unique(bundle[bundle >= 0]):
            places = np.flatnonzero(bundle == firm)
            size = next(s for k in count() if (s := 4**k) >= len(places))
            found.setdefault(min(size, firms.shape[1]), []).append((g, places))
    return tuple(Rows.out_of(sets, firms.shape[1], size) for size, sets in sorted(found.items()))
