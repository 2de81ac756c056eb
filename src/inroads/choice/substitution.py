"""What follows from probabilities: shares, surplus, price derivatives, elasticities, diversion."""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array, ChoiceModel
from inroads.choice.logit import Logit


def shares(P: Array, weights: Array) -> Array:
    """Market shares s = P w (..., J) from probabilities (..., J, I) and weights (..., I)."""
    return np.asarray(np.matmul(P, weights[..., None])[..., 0])


def surplus(inclusive: Array, weights: Array) -> Array:
    """Expected maximum utility W = sum_i w_i W_i (...); its gradient in utilities is shares."""
    return np.asarray((inclusive * weights).sum(axis=-1))


def consumer_surplus(inclusive: Array, weights: Array, money: Array) -> Array:
    """Consumer surplus in money per consumer (...): sum_i w_i W_i / a_i (Small and Rosen 1981).

    `money` (..., I) is a_i, the marginal utility of money. Meaningful in differences: the
    difference of two is the compensating variation where a_i is constant.
    """
    return np.asarray((inclusive * weights / money).sum(axis=-1))


def price_jacobian(
    P: Array, weights: Array, money: Array, model: ChoiceModel | None = None
) -> Array:
    """ds_j/dp_k (..., J, J): row j the share, column k the price, in shares per unit of money.

    `money` is the marginal utility of money a_i (..., I), or a_ij (..., J, I) where the same price
    weighs differently from offer to offer (financing).
    """
    c = weights * money if money.ndim == weights.ndim else weights[..., None, :] * money
    return -(model or Logit()).kernel(P, c)


def elasticities(jacobian: Array, prices: Array, shares: Array) -> Array:
    """e_jk = ds_j/dp_k p_k / s_j (..., J, J) from `price_jacobian`, prices and shares (..., J)."""
    return jacobian * prices[..., None, :] / shares[..., :, None]


def diversion_ratios(jacobian: Array) -> Array:
    """Where offer j's lost buyers go when p_j rises (..., J, J + 1); rows sum to one.

    Columns 0..J-1 are the other offers (the diagonal is zero), column J is the outside option:
    D_jk = -(ds_k/dp_j) / (ds_j/dp_j).
    """
    own = np.einsum("...jj->...j", jacobian)[..., None]
    D = -jacobian.swapaxes(-1, -2) / own
    np.einsum("...jj->...j", D)[...] = 0.0
    return np.concatenate([D, 1.0 - D.sum(axis=-1, keepdims=True)], axis=-1)
