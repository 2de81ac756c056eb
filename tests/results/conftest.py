"""Made-up results lie beside these tests; those of the report use them too."""

import sys
from pathlib import Path

# Tests are no package: what they share is found beside them.
sys.path.insert(0, str(Path(__file__).parent))
