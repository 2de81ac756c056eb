"""Fixed effects that an estimate absorbed, by the ids that they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.tables.cells import cell_text

# How far a row of dummies may be from a combination of the panel's and still count as one.
_TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class AbsorbedEffects:
    """Absorbed effects of the products of a panel.

    Of several at once only sums are known, those of combinations that the panel has and of what
    these add up to: a product has an effect in a market without it where chains of products and
    markets lead there.

    Parameters
    ----------
    names : tuple of str
        Columns of ids that were absorbed.
    sums : Series
        The sum of its effects by combination of ids, as text (U rows).
    """

    names: tuple[str, ...]
    sums: pd.Series

    @classmethod
    def of_panel(cls, absorb: str, products: pd.DataFrame, effects: Array) -> AbsorbedEffects:
        """Of each product (N,), by the columns that `absorb` joins by "+"."""
        names = absorbed_columns(absorb)
        sums = pd.Series(effects, _keys(products, names))
        return cls(names, sums[~sums.index.duplicated()])

    @property
    def by_id(self) -> pd.Series:
        """Of one effect, by its id."""
        return self.sums.set_axis(self.sums.index.get_level_values(0))

    def of(self, products: pd.DataFrame) -> Array:
        """Effects of other products, found by their ids.

        Parameters
        ----------
        products : DataFrame
            N rows with the columns `names`.

        Returns
        -------
        (N,) array
            Sums of effects.

        Raises
        ------
        InputError
            For ids that the panel did not have, and combinations that it says nothing of.
        """
        absent = [name for name in self.names if name not in products]
        if absent:
            raise self._unknown(f"no column {absent[0]}")
        sought = _keys(products, self.names)
        places = self.sums.index.get_indexer(sought)
        values = self.sums.to_numpy(float)[places]
        for key in dict.fromkeys(sought[places < 0]):
            values[np.flatnonzero(sought == key)] = self._added_up(key)
        return np.asarray(values)

    def _added_up(self, key: tuple[str, ...]) -> float:
        """The effect of a combination that the panel does not have, from those that it has."""
        from scipy.sparse.linalg import lsqr

        for level, value in enumerate(key):
            if value not in self.sums.index.get_level_values(level):
                raise self._unknown(value)
        row = self._dummies(pd.MultiIndex.from_tuples([key])).toarray()[0]
        own = self._dummies(self.sums.index)
        weights = lsqr(own.T, row, atol=1e-14, btol=1e-14, iter_lim=20 * own.shape[1])[0]
        if np.linalg.norm(own.T @ weights - row) > _TOLERANCE:
            raise self._unknown(f"{', '.join(key)}, which nothing in the panel connects")
        return float(weights @ self.sums.to_numpy(float))

    def _dummies(self, keys: pd.Index) -> sparse.csr_array:
        """A column a level of each effect (U, L)."""
        blocks = []
        for level in range(len(self.names)):
            levels = pd.Index(self.sums.index.get_level_values(level)).unique()
            codes = levels.get_indexer(keys.get_level_values(level))
            rows = np.arange(len(keys))
            blocks.append(
                sparse.csr_array((np.ones(len(keys)), (rows, codes)), (len(keys), len(levels)))
            )
        return sparse.csr_array(sparse.hstack(blocks))

    def _unknown(self, actual: str) -> InputError:
        return refuse(
            expected=f"products whose effects ({', '.join(self.names)}) were absorbed by the "
            "estimate",
            found=actual,
            where="products",
            remedy="name ids that the panel has, write characteristics into `linear`, or, of a "
            "launch, give effect=.",
        )


def absorbed_columns(absorb: str | None) -> tuple[str, ...]:
    """Columns whose effects are absorbed: of C(firm) + year they are firm and year."""
    terms = [] if absorb is None else [term.strip() for term in absorb.split("+")]
    return tuple(t[2:-1] if t.startswith("C(") and t.endswith(")") else t for t in terms)


def _keys(products: pd.DataFrame, names: tuple[str, ...]) -> pd.MultiIndex:
    """Ids as text, a level a column."""
    columns = []
    for name in names:
        codes, ids = pd.factorize(products[name])
        columns.append(np.array([cell_text(id_) for id_ in ids], dtype=object)[codes])
    return pd.MultiIndex.from_arrays(columns, names=list(names))
