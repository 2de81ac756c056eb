"""A step that lowers a quadratic model within a ball and within bounds."""

from __future__ import annotations

import numpy as np

from inroads.numerics.arrays import Array

# Curvature below this part of the largest counts as none.
_NO_CURVATURE = 1e-12


def bounded_step(g: Array, H: Array, D: Array, radius: float, *, low: Array, high: Array) -> Array:
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
        p = _downhill(g, H, D, radius, low=low, high=high)
    pressed = at_bound(g + H @ p, low - p, high - p)
    for _ in range(4 * len(g) + 1):
        if pressed.all():
            break
        free = ~pressed
        direction = -p.copy()
        tilted_g = g[free] + H[np.ix_(free, pressed)] @ p[pressed]
        direction[free] += _in_ball(tilted_g, H[np.ix_(free, free)], D[free], radius)
        direction[pressed] = 0.0
        moving = np.flatnonzero(direction)
        bound = np.where(direction > 0, high, low)[moving]
        room = (bound - p[moving]) / direction[moving]
        fraction = min(1.0, float(room.min(initial=1.0)))
        if fraction == 0:
            pressed[moving[np.argmin(room)]] = True
            continue
        candidate = np.clip(p + fraction * direction, low, high)
        candidate[moving[room <= fraction]] = bound[room <= fraction]
        if not model(candidate) < model(p):
            break
        previous, p = pressed, candidate
        pressed = at_bound(g + H @ p, low - p, high - p)
        if fraction == 1 and np.array_equal(pressed, previous):
            break
    return p


def _downhill(g: Array, H: Array, D: Array, radius: float, *, low: Array, high: Array) -> Array:
    """The lowest of points along the gradient, bent at the bounds (Cauchy's)."""
    downhill = -g / D**2
    length = float(np.linalg.norm(D * downhill))
    if length == 0:
        return np.zeros(len(g))
    candidates = [np.clip(radius / length * 0.5**k * downhill, low, high) for k in range(40)]
    return min(candidates, key=lambda step: float(g @ step + step @ H @ step / 2))


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

    def step_at(shift: float) -> Array:
        return -along / (curved + shift)

    if curved[0] > least and np.linalg.norm(step_at(0.0)) <= radius:
        return np.asarray(V @ step_at(0.0) / D)
    low = max(0.0, -float(curved[0])) + least
    step = step_at(low)
    if np.linalg.norm(step) <= radius:
        # The hard case: along the most downward direction as far as the ball goes.
        remaining = float(np.sqrt(np.maximum(radius**2 - step @ step, 0.0)))
        step[0] += remaining if along[0] <= 0 else -remaining
        return np.asarray(V @ step / D)
    high = low + float(np.linalg.norm(along)) / radius
    middle = high
    for _ in range(200):
        middle = (low + high) / 2
        length = np.linalg.norm(step_at(middle))
        if abs(length - radius) < 1e-3 * radius:
            break
        low, high = (middle, high) if length > radius else (low, middle)
    return np.asarray(V @ step_at(middle) / D)
