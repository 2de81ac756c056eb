from .distributions import Bernoulli as Bernoulli
from .distributions import Normal as Normal
from .distributions import Triangular as Triangular
from .distributions import Uniform as Uniform
from .draw_store import Draws as Draws
from .ensemble import Ensemble as Ensemble
from .ensemble import intervals as intervals
from .sobol import Saltelli as Saltelli
