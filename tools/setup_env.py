"""Build the project's `.venv` when it is missing or stale: `python tools/setup_env.py`.

Only this file meets an old Python, so it keeps to what any Python can parse; the work is in
`environment.py` beside it.
"""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    sys.stderr.write(
        "set-up: Python " + sys.version.split()[0] + " is too old: install Python 3.11 or newer"
        " and call again, or name one (make PYTHON=/path/to/python3.12 ...)\n"
    )
    sys.exit(2)

from environment import main  # noqa: E402

sys.exit(main())
