"""Markets at one theta and delta: probabilities, and what theta does to shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inroads.choice import Nested
from inroads.choice.model import Array, ChoiceModel
from inroads.choice.nested_rho import along_rho
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import Free
from inroads.estimation.markets.stacks import Part


@dataclass(frozen=True)
class Here:
    """A part's choice model, probabilities P (B, J, I) and tastes (B, I, K2).

    scaled (B, I, n): what each entry of sigma and pi that is searched does to the coefficient it
    belongs to, so that it moves utilities by x_jk v_i; `columns` (n,) are these coefficients k.
    """

    part: Part
    model: ChoiceModel
    P: Array
    tastes: Array
    scaled: Array
    columns: list[int]
    places: slice
    levels: int

    @classmethod
    def at(cls, part: Part, design: Design, free: Free, theta: Array, delta: Array) -> Here:
        """The part at theta, and delta (B, J)."""
        tastes = part.tastes(design, *free.filled(theta))
        model = part.model(free.rho_at(theta))
        P, _ = model.evaluate(delta[..., None] + part.mu(tastes))
        return cls.of(part, design, free, model, tastes, P)

    @classmethod
    def of(
        cls, part: Part, design: Design, free: Free, model: ChoiceModel, tastes: Array, P: Array
    ) -> Here:
        """The part at probabilities that are known."""
        v = [part.nodes[..., l] for _, l in np.argwhere(free.sigma != 0)]
        v += [part.people[..., d] for _, d in np.argwhere(free.pi != 0)]
        for n, k in enumerate(free.columns):
            if design.lognormal[k]:
                v[n] = v[n] * tastes[..., k]
        scaled = np.stack(v, axis=-1) if v else np.zeros((*part.w.shape, 0))
        return cls(part, model, P, tastes, scaled, free.columns, free.places, len(free.rho))

    @property
    def size(self) -> int:
        """Parameters in theta."""
        return int(self.places.stop) + self.levels

    @property
    def x(self) -> Array:
        """What each entry of sigma and pi has its coefficient on (B, J, n)."""
        return self.part.X2[..., self.columns]

    @cached_property
    def mean(self) -> Array:
        """sum_j P_ji x_j: of what each agent chooses (B, I, n)."""
        return np.asarray(self.P.swapaxes(-1, -2) @ self.x)

    def share_slopes(self) -> Array:
        """ds_j/dtheta (B, J, P) with delta held fixed."""
        P, x = self.P, self.part.X2
        out = np.zeros((*P.shape[:-1], self.size))
        weighted = self.part.w[..., None] * self.scaled
        if isinstance(self.model, Nested):
            for k in set(self.columns):
                which = [n for n, column in enumerate(self.columns) if column == k]
                moved = self.model.along(P, x[..., [k]]) @ weighted[..., which]
                out[..., [self.places.start + n for n in which]] = moved
            if self.levels:
                dP = along_rho(self.model, P)
                out[..., self.places.stop :] = np.moveaxis(dP @ self.part.w[..., None], 0, -1)[
                    ..., 0, :
                ]
            return out
        # sum_i w_i P_ij v_i (x_jk - sum_l P_il x_lk), all entries at once.
        both = np.concatenate([weighted, weighted * self.mean], axis=-1)
        ours, rivals = np.split(P @ both, 2, -1)
        out[..., self.places] = self.x * ours - rivals
        return out

    def moved(self, place: int, ddelta: Array) -> Array:
        """dP (B, J, I) along theta[place], delta moving by ddelta (B, J)."""
        dP = self.model.along(self.P, ddelta[..., None])
        n = place - self.places.start
        if 0 <= n < len(self.columns):
            x = self.part.X2[..., [self.columns[n]]]
            return dP + self.model.along(self.P, x) * self.scaled[..., None, :, n]
        if place >= self.places.stop and isinstance(self.model, Nested):
            return np.asarray(dP + along_rho(self.model, self.P)[place - self.places.stop])
        return dP
