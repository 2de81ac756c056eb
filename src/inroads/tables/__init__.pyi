from .facts import Facts as Facts
from .facts import Quantity as Quantity
from .read import read_query as read_query
from .read import read_table as read_table
