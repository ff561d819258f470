"""Power and responsibility of primary-level government in urban risk governance: the analysis."""

import sys

from grassroots.first_edition import Moved

if not any(isinstance(finder, Moved) for finder in sys.meta_path):
    sys.meta_path.append(Moved())
