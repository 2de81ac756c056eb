from .outlook.backtest import Backtest as Backtest
from .outlook.backtest import Forecasted as Forecasted
from .outlook.backtest import backtest as backtest
from .outlook.outlook_results import DrawSettings as DrawSettings
from .outlook.rank import Rank as Rank
from .outlook.rank import rank as rank
