"""Random-coefficients demand: delta(theta) market by market, and its derivative.

mu_ij = sum_k x_jk (sum_l sigma_kl nu_il + sum_d pi_kd D_id): Berry, Levinsohn and Pakes (1995),
Nevo (2001). The derivative is ddelta/dtheta = -G^-1 ds/dtheta, by the implicit function theorem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice import Logit, invert
from inroads.choice.model import Array
from inroads.errors import ConvergenceError, InputError
from inroads.fit.demand import Design
from inroads.tables.panel import Panel


@dataclass(frozen=True)
class Free:
    """Which entries of sigma (K2, K2) and pi (K2, D) are searched, and where the search starts."""

    sigma: Array
    pi: Array
    prices: float | None = None

    @classmethod
    def of(cls, design: Design, sigma: object, pi: object, prices: float | None = None) -> Free:
        """Entries that are zero at the start stay zero; a vector is sigma's diagonal.

        `prices`, the coefficient common to all agents, is searched beside supply only.
        """
        K2, D = len(design.random), len(design.people)
        S = np.zeros((K2, K2)) if sigma is None else np.asarray(sigma, dtype=float)
        S = np.diag(S) if S.ndim == 1 else S
        P = np.zeros((K2, D)) if pi is None else np.asarray(pi, dtype=float)
        for name, found, wanted in (("sigma", S, (K2, K2)), ("pi", P, (K2, D))):
            if found.shape != wanted:
                raise InputError.single(
                    expected=f"start['{name}'] of shape {wanted}",
                    found=str(found.shape),
                    where="start",
                    remedy="give one row for each random coefficient.",
                )
        return cls(S, P, None if prices is None else float(prices))

    @property
    def start(self) -> Array:
        """theta (P,): that of prices if searched, then sigma's entries and pi's, row by row."""
        first = [] if self.prices is None else [self.prices]
        return np.concatenate([first, self.sigma[self.sigma != 0], self.pi[self.pi != 0]])

    def names(self, design: Design) -> list[str]:
        """Names of theta: sigma[prices], sigma[prices, sugar], pi[prices, income]."""
        sigma = [
            f"sigma[{design.random[k]}]"
            if k == l
            else f"sigma[{design.random[k]}, {design.random[l]}]"
            for k, l in np.argwhere(self.sigma != 0)
        ]
        pi = [f"pi[{design.random[k]}, {design.people[d]}]" for k, d in np.argwhere(self.pi != 0)]
        return [*(["prices"] if self.prices is not None else []), *sigma, *pi]

    def filled(self, theta: Array) -> tuple[Array, Array]:
        """sigma and pi with theta in their free entries."""
        S, P = self.sigma.copy(), self.pi.copy()
        if self.prices is not None:
            theta = theta[1:]
        n = int((S != 0).sum())
        S[self.sigma != 0], P[self.pi != 0] = theta[:n], theta[n:]
        return S, P


#: positions of products, their shares and X2, positions of agents, weights, what theta scales
Part = tuple[np.ndarray, Array, Array, np.ndarray, Array, Array]


@dataclass(frozen=True)
class Response:
    """Price derivatives of a block of markets, P (B, J, I), alpha = du/dp (B, I).

    steps: for each entry of theta, what it does to mu (B, J, I) and to alpha (B, I), None for
    nothing.
    """

    P: Array
    w: Array
    alpha: Array
    steps: list[tuple[Array | None, Array | None]]

    @property
    def jacobian(self) -> Array:
        """ds_j/dp_k (B, J, J)."""
        return Logit().kernel(self.P, self.w * self.alpha)

    def change(self, k: int, ddelta: Array) -> Array:
        """d(ds_j/dp_k) along theta_k, delta moving by ddelta (B, J)."""
        dmu, dalpha = self.steps[k]
        du = ddelta[..., None] if dmu is None else ddelta[..., None] + dmu
        P = self.P
        dP = P * (du - (P * du).sum(axis=-2, keepdims=True))
        c = (self.w * self.alpha)[..., None, :]
        out = -(dP * c) @ P.swapaxes(-1, -2)
        out = out + out.swapaxes(-1, -2)
        level = (dP * c).sum(axis=-1)
        if dalpha is not None:
            dc = (self.w * dalpha)[..., None, :]
            out -= (P * dc) @ P.swapaxes(-1, -2)
            level = level + (P * dc).sum(axis=-1)
        diagonal = np.einsum("...jj->...j", out)
        diagonal += level
        return np.asarray(out)


class Markets:
    """delta(theta) of every market of a panel, each inversion started from the last."""

    def __init__(self, design: Design, panel: Panel, free: Free) -> None:
        self.design, self.panel, self.free = design, panel, free
        S = panel.products["shares"].to_numpy(float)
        self.delta = np.zeros(len(S))
        agents = panel.agents
        weights = np.zeros(0) if agents is None else agents["weights"].to_numpy(float)
        rows = np.argwhere(free.sigma != 0)
        self.which = [*(k for k, _ in rows), *(k for k, _ in np.argwhere(free.pi != 0))]
        drawn = [design.nodes[:, l] for _, l in rows]
        told = [design.demographics[:, d] for _, d in np.argwhere(free.pi != 0)]
        varies = np.column_stack([*drawn, *told]) if self.which else np.zeros((len(weights), 0))
        self.parts: list[Part] = []
        for block in panel.blocks:
            p, a = block.products, block.agents
            w, v = weights[a], varies[a]
            if not design.random:
                # Plain logit: one agent stands for all.
                a, w, v = a[:, :1], np.ones((len(p), 1)), np.zeros((len(p), 1, 0))
            self.parts.append((p, S[p], design.X2[p], a, w, v))
            outside = 1.0 - S[p].sum(axis=1, keepdims=True)
            self.delta[p] = np.log(S[p]) - np.log(outside)
        self.iterations = 0

    def mu(self, theta: Array, X2: Array, a: np.ndarray) -> Array:
        """mu (B, J, I) of a block."""
        if not self.design.random:
            return np.zeros((*X2.shape[:2], 1))
        sigma, pi = self.free.filled(theta)
        tastes = self.design.nodes[a] @ sigma.T + self.design.demographics[a] @ pi.T
        return np.asarray(X2 @ tastes.swapaxes(-1, -2))

    def solve(self, theta: Array) -> Array:
        """delta (N,) at theta; raises ConvergenceError, naming the first market that fails."""
        delta = self.delta.copy()
        for p, S, X2, a, w, _ in self.parts:
            try:
                found = invert(S, self.mu(theta, X2, a), w, start=self.delta[p])
            except ConvergenceError as error:
                market = self.panel.products["market_ids"].iloc[p[0, 0]]
                raise ConvergenceError(
                    f"expected shares that can be inverted at {theta.tolist()}; found markets of "
                    f"the size of {market} where they cannot: {error}",
                    error.solution,
                ) from None
            delta[p] = found.value
            self.iterations += found.iterations
        self.delta = delta
        return delta

    def derivative(self, theta: Array, delta: Array) -> Array:
        """ddelta/dtheta (N, P) at theta and delta(theta)."""
        out = np.zeros((len(delta), len(theta)))
        first = len(theta) - len(self.which)
        for p, _, X2, a, w, v in self.parts:
            P, _ = Logit().evaluate(delta[p][..., None] + self.mu(theta, X2, a))
            G = Logit().kernel(P, w)
            x = X2[..., self.which]
            # ds_j/dtheta = sum_i w_i P_ij v_i (x_jk - sum_l P_il x_lk)
            weighted = w[..., None] * v
            mean_x = P.swapaxes(-1, -2) @ x
            ds = x * (P @ weighted) - P @ (weighted * mean_x)
            out[p, first:] = -np.linalg.solve(G, ds)
        return out

    def prices_matter(self, theta: Array, delta: Array, part: Part) -> Response:
        """How shares of a block answer to prices at theta, and how that changes with theta."""
        p, _, X2, a, w, v = part
        P, _ = Logit().evaluate(delta[p][..., None] + self.mu(theta, X2, a))
        sigma, pi = self.free.filled(theta)
        alpha = np.full(w.shape, 0.0 if self.free.prices is None else theta[0])
        if "prices" in self.design.random:
            k = self.design.random.index("prices")
            alpha = alpha + self.design.nodes[a] @ sigma[k] + self.design.demographics[a] @ pi[k]
        steps: list[tuple[Array | None, Array | None]] = []
        if self.free.prices is not None:
            steps.append((None, np.ones(w.shape)))
        for n, k in enumerate(self.which):
            direct = v[..., n] if self.design.random[k] == "prices" else None
            steps.append((X2[..., :, [k]] * v[..., None, :, n], direct))
        return Response(P, w, alpha, steps)
