"""The module `cases` is shared with the benchmarks, which are no package either."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
