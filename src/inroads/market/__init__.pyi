from .decompose import shapley as shapley
from .moves.base import Move as Move
from .pricing import Pricing as Pricing
from .screening import monopolist_test as monopolist_test
