"""Proof that a point is an equilibrium.

`certificate` has the whole of it; `deviations` the search for prices that pay a firm more, with
`moved_profits` the profits at other prices; `wholesale_terms` the Nash products, maximised anew;
`other_conduct` proves outputs, bids and bargains with buyers by `moves` of their own.
"""

from inroads.conduct.certificate.certificate import Certificate, certify, certify_point
from inroads.conduct.certificate.deviations import Deviation
from inroads.conduct.certificate.gap import Gap
from inroads.conduct.certificate.moves import MoveProof
from inroads.conduct.certificate.other_conduct import certify_conduct
from inroads.conduct.certificate.wholesale_terms import WholesaleProof

__all__ = [
    "Certificate",
    "Deviation",
    "Gap",
    "MoveProof",
    "WholesaleProof",
    "certify",
    "certify_conduct",
    "certify_point",
]
