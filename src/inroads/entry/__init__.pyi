from .launches import Launches as Launches
from .launches import read_launches as read_launches
from .random_effects import RandomEffects as RandomEffects
from .random_effects import fit_random_effects as fit_random_effects
