"""What follows from probabilities: shares, surplus, price derivatives, elasticities, diversion."""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array, ChoiceModel
from inroads.choice.logit import Logit


def shares(P: Array, weights: Array) -> Array:
    """Market shares s_j = sum_i w_i P_ij.

    Parameters
    ----------
    P : (..., J, I) array
        Choice probabilities.
    weights : (..., I) array
        Of agents, summing to one.

    Returns
    -------
    (..., J) array
        s.
    """
    return np.asarray(np.matmul(P, weights[..., None])[..., 0])


def surplus(inclusive: Array, weights: Array) -> Array:
    """Expected maximum utility W = sum_i w_i W_i, whose gradient in utilities is shares.

    Parameters
    ----------
    inclusive : (..., I) array
        Inclusive values W_i.
    weights : (..., I) array
        Of agents, summing to one.

    Returns
    -------
    (...) array
        W, in units of utility.
    """
    return np.asarray((inclusive * weights).sum(axis=-1))


def consumer_surplus(inclusive: Array, weights: Array, money: Array) -> Array:
    """Consumer surplus in money per consumer: sum_i w_i W_i / a_i.

    Meaningful in differences: the difference of two is the compensating variation where a_i is
    constant.

    Parameters
    ----------
    inclusive : (..., I) array
        Inclusive values W_i.
    weights : (..., I) array
        Of agents, summing to one.
    money : (..., I) array
        a_i, the marginal utility of money.

    Returns
    -------
    (...) array
        Surplus, up to a constant.

    References
    ----------
    Small, K. and Rosen, H. (1981), Applied welfare economics with discrete choice models,
    Econometrica 49(1).
    """
    return np.asarray((inclusive * weights / money).sum(axis=-1))


def price_jacobian(
    P: Array, weights: Array, money: Array, model: ChoiceModel | None = None
) -> Array:
    """The Jacobian of shares in prices, ds_j/dp_k, in shares per unit of money.

    Parameters
    ----------
    P : (..., J, I) array
        Choice probabilities.
    weights : (..., I) array
        Of agents, summing to one.
    money : (..., I) or (..., J, I) array
        The marginal utility of money a_i, or a_ij where the same price weighs differently from
        offer to offer (financing).
    model : ChoiceModel, optional
        Whose probabilities P are; `Logit()` unless given.

    Returns
    -------
    (..., J, J) array
        Row j the share, column k the price.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.choice import Logit, diversion_ratios, elasticities, price_jacobian, shares
    >>> prices, weights, money = np.array([1.0, 2.0]), np.ones(1), np.ones(1)
    >>> P, _ = Logit().evaluate(2.0 - prices[:, None])
    >>> jacobian = price_jacobian(P, weights, money)
    >>> elasticities(jacobian, prices, shares(P, weights)).round(3)
    array([[-0.424,  0.424],
           [ 0.576, -1.576]])
    >>> diversion_ratios(jacobian).round(3)
    array([[0.   , 0.5  , 0.5  ],
           [0.731, 0.   , 0.269]])
    """
    c = weights * money if money.ndim == weights.ndim else weights[..., None, :] * money
    return -(model or Logit()).kernel(P, c)


def elasticities(jacobian: Array, prices: Array, shares: Array) -> Array:
    """Elasticities e_jk = ds_j/dp_k p_k / s_j.

    Parameters
    ----------
    jacobian : (..., J, J) array
        ds_j/dp_k, as `price_jacobian` gives it.
    prices : (..., J) array
        p.
    shares : (..., J) array
        s.

    Returns
    -------
    (..., J, J) array
        Row j the share, column k the price.
    """
    return jacobian * prices[..., None, :] / shares[..., :, None]


def diversion_ratios(jacobian: Array) -> Array:
    """Where offer j's lost buyers go when p_j rises: D_jk = -(ds_k/dp_j) / (ds_j/dp_j).

    Parameters
    ----------
    jacobian : (..., J, J) array
        ds_j/dp_k, as `price_jacobian` gives it.

    Returns
    -------
    (..., J, J + 1) array
        Columns 0 to J - 1 are the other offers (the diagonal is zero), column J is the outside
        option;
        rows sum to one.
    """
    own = np.einsum("...jj->...j", jacobian)[..., None]
    D = -jacobian.swapaxes(-1, -2) / own
    np.einsum("...jj->...j", D)[...] = 0.0
    return np.concatenate([D, 1.0 - D.sum(axis=-1, keepdims=True)], axis=-1)
