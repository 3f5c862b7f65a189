"""``python -m simulators``: see :mod:`simulators.command`."""

import sys

from simulators.command import main

if __name__ == "__main__":
    sys.exit(main())
