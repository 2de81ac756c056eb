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

    rows (G, S) are places in such a table, its first two axes taken as one; whole (G,) which of B
    each is out of; own (G, S) which belong to it, the others filling it up.
    """

    rows: np.ndarray
    whole: np.ndarray
    own: Mask

    @classmethod
    def out_of(cls, sets: list[tuple[int, np.ndarray]], J: int, size: int) -> Rows:
        """Sets (which of B, places among J) filled up to `size` with others of theirs, each once
        where there are enough."""
        rows = np.empty((len(sets), size), dtype=int)
        own = np.arange(size) < np.array([[len(places)] for _, places in sets])
        for row, (whole, places) in zip(rows, sets, strict=True):
            others = np.ones(J, dtype=bool)
            others[places] = False
            order = np.concatenate([places, np.flatnonzero(others)])
            row[:] = whole * J + order[:size]
        return cls(rows, np.array([whole for whole, _ in sets]), own)

    def of(self, table: Array) -> Array:
        """Rows of a table (B, J, ...) as (G, S, ...)."""
        return np.take(_flat(table), self.rows, axis=0)

    def put(self, table: Array, values: Array) -> None:
        """Write values (G, S, ...) of what belongs to the sets into a table (B, J, ...)."""
        _flat(table)[self.rows[self.own]] = values[self.own]


@dataclass(frozen=True)
class Tied:
    """Bundles of products out of a part's markets.

    owns (G, S, S): how much the firm of j counts k's profit, E K E' for firms E (G, S, F) and K
    (G, F, F); None is the unit matrix, and each product by itself where E is. firms: where firms
    count their own profit alone, these out of bundles, by about their size.
    """

    bundles: Rows
    owns: Array
    E: Array | None
    K: Array | None
    firms: tuple[Rows, ...]

    def counting(self, profit: Array) -> Array:
        """What makes of P (G, S, I) the profit each firm counts (G, F, I): a matrix (G, F, S).

        profit (G, S): that of one unit of each product. Without `E` firms' rows are products'.
        """
        if self.E is None:
            return np.asarray(self.owns * profit[..., None, :])
        counts = (self.E * profit[..., None]).swapaxes(-1, -2)
        return np.asarray(counts if self.K is None else self.K @ counts)

    def to_products(self, firms: Array) -> Array:
        """Rows of firms (G, F, n) as rows of products (G, S, n)."""
        return firms if self.E is None else np.asarray(self.E @ firms)

    def own_entries(self, table: Array) -> Array:
        """Of a table (G, S, n, F), for each product the entry of its firm (G, S, n)."""
        if self.E is None:
            return np.asarray(np.einsum("gsns->gsn", table))
        return np.asarray(np.einsum("gsnf,gsf->gsn", table, self.E))


def _flat(table: Array) -> Array:
    """A view of a table (B, J, ...) with its first two axes as one."""
    return table.reshape(table.shape[0] * table.shape[1], *table.shape[2:])


def tied(owns: Array, firms: np.ndarray | None, kappa: Array | None, whole: bool) -> Tied:
    """Markets with owns (B, J, J), taken apart into bundles as large as their largest group.

    firms (B, J): codes into kappa (F, F), None being the unit matrix, or None where owns is no
    matter of firms; products of firm -1 are left out, priced by nobody. whole: whether each
    market is one bundle, whatever is owned.
    """
    B, J = owns.shape[:2]
    if whole:
        labels = np.zeros((B, J), dtype=int)
    elif firms is None or kappa is not None:
        labels = np.array([_joined(one) for one in owns])
    else:
        labels = firms
    priced = np.ones((B, J), dtype=bool) if firms is None else firms >= 0
    found = [
        [np.flatnonzero((label == group) & here) for group in np.unique(label[here])]
        for label, here in zip(labels, priced, strict=True)
    ]
    size = max(len(group) for groups in found for group in groups)
    sets = [(market, some) for market, groups in enumerate(found) for some in _packed(groups, size)]
    bundles = Rows.out_of(sets, J, size)
    places = bundles.rows - bundles.whole[:, None] * J
    here = owns[bundles.whole[:, None, None], places[..., :, None], places[..., None, :]]
    both = bundles.own[..., :, None] & bundles.own[..., None, :]
    among = np.where(both, here, np.eye(size))
    if firms is None:
        return Tied(bundles, among, None, None, ())
    codes = [np.unique(firms[market, some], return_inverse=True) for market, some in sets]
    F = max(len(ids) for ids, _ in codes)
    E, K = np.zeros((*places.shape, F)), np.zeros((len(sets), F, F))
    for g, (ids, which) in enumerate(codes):
        E[g, np.arange(len(which)), which] = 1.0
        if kappa is not None:
            K[g, : len(ids), : len(ids)] = kappa[np.ix_(ids, ids)]
    if kappa is not None:
        return Tied(bundles, among, E, K, ())
    return Tied(bundles, among, E, None, _by_size(E))


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


def _by_size(E: Array) -> tuple[Rows, ...]:
    """Firms E (G, S, F) out of bundles, filled up to powers of four."""
    found: dict[int, list[tuple[int, np.ndarray]]] = {}
    for g, bundle in enumerate(E):
        for firm in bundle.T:
            places = np.flatnonzero(firm)
            if len(places):
                size = next(s for k in count() if (s := 4**k) >= len(places))
                found.setdefault(min(size, E.shape[1]), []).append((g, places))
    return tuple(Rows.out_of(sets, E.shape[1], size) for size, sets in sorted(found.items()))
