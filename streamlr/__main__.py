"""``python -m streamlr``."""

from streamlr.cli import main

raise SystemExit(main())
