"""A step that lowers a quadratic model within a ball and within bounds."""

from __future__ import annotations

import numpy as np

from inroads.numerics.arrays import Array

# Curvature below this part of the largest counts as none.
_NO_CURVATURE = 1e-12


def bounded_step(g: Array, H: Array, D: Array, radius: float, low: Array, high: Array) -> Array:
    """p (P,) that lowers g'p + p'Hp / 2 within |D p| <= radius and low <= p <= high.

    H (P, P) symmetric, of any sign; D (P,) positive: the length that a unit of each parameter has;
    low <= 0 <= high. Without bounds p is the minimum in the ball (More and Sorensen 1983). With
    them, from the best point straight downhill, towards the minimum of the parameters that are not
    pressed against a bound, as far as the first bound; and so on while the model falls.
    """

    def model(p: Array) -> float:
        return float(g @ p + p @ H @ p / 2)

    p = np.zeros(len(g))
    if np.isfinite(low).any() or np.isfinite(high).any():
        p = _downhill(g, H, D, radius, low, high)
    held = at_bound(g + H @ p, low - p, high - p)
    for _ in range(4 * len(g) + 1):
        if held.all():
            break
        free = ~held
        way = -p.copy()
        tilted = g[free] + H[np.ix_(free, held)] @ p[held]
        way[free] += _in_ball(tilted, H[np.ix_(free, free)], D[free], radius)
        way[held] = 0.0
        moving = np.flatnonzero(way)
        edge = np.where(way > 0, high, low)[moving]
        room = (edge - p[moving]) / way[moving]
        part = min(1.0, float(room.min(initial=1.0)))
        if part == 0:
            held[moving[np.argmin(room)]] = True
            continue
        further = np.clip(p + part * way, low, high)
        further[moving[room <= part]] = edge[room <= part]
        if not model(further) < model(p):
            break
        before, p = held, further
        held = at_bound(g + H @ p, low - p, high - p)
        if part == 1 and np.array_equal(held, before):
            break
    return p


def _downhill(g: Array, H: Array, D: Array, radius: float, low: Array, high: Array) -> Array:
    """The lowest of points along the gradient, bent at the bounds (Cauchy's)."""
    along = -g / D**2
    length = float(np.linalg.norm(D * along))
    if length == 0:
        return np.zeros(len(g))
    tries = [np.clip(radius / length * 0.5**k * along, low, high) for k in range(40)]
    return min(tries, key=lambda step: float(g @ step + step @ H @ step / 2))


def at_bound(g: Array, low: Array, high: Array) -> np.ndarray:
    """Which parameters (P,) are at a bound that the gradient g pushes against."""
    return np.asarray(((low >= 0) & (g > 0)) | ((high <= 0) & (g < 0)))


def decrement(g: Array, H: Array, D: Array) -> float:
    """sqrt(g'H^-1 g), infinite where H (P, P) curves downwards.

    The square root of twice what the model says a free step gains. Directions without curvature
    are left out, unless the gradient points along them.
    """
    if not g.size:
        return 0.0
    curved, along = _spectrum(g, H, D)[:2]
    least = _NO_CURVATURE * float(np.abs(curved).max())
    if curved[0] < -least:
        return float("inf")
    flat = curved <= least
    if np.abs(along[flat]).sum() > 1e-6 * np.abs(along).sum():
        return float("inf")
    return float(np.sqrt(np.sum(along[~flat] ** 2 / curved[~flat])))


def _spectrum(g: Array, H: Array, D: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues, rising, of H in units of D; g along the eigenvectors; these."""
    curved, V = np.linalg.eigh((H + H.T) / (2 * np.outer(D, D)))
    return curved, V.T @ (g / D), V


def _in_ball(g: Array, H: Array, D: Array, radius: float) -> Array:
    curved, along, V = _spectrum(g, H, D)
    least = _NO_CURVATURE * max(float(np.abs(curved).max()), np.finfo(float).tiny)

    def at(shift: float) -> Array:
        return -along / (curved + shift)

    if curved[0] > least and np.linalg.norm(at(0.0)) <= radius:
        return np.asarray(V @ at(0.0) / D)
    low = max(0.0, -float(curved[0])) + least
    step = at(low)
    if np.linalg.norm(step) <= radius:
        # The hard case: along the most downward direction as far as the ball goes.
        rest = float(np.sqrt(np.maximum(radius**2 - step @ step, 0.0)))
        step[0] += rest if along[0] <= 0 else -rest
        return np.asarray(V @ step / D)
    high = low + float(np.linalg.norm(along)) / radius
    middle = high
    for _ in range(200):
        middle = (low + high) / 2
        length = np.linalg.norm(at(middle))
        if abs(length - radius) < 1e-3 * radius:
            break
        low, high = (middle, high) if length > radius else (low, middle)
    return np.asarray(V @ at(middle) / D)
