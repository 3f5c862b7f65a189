#!/usr/bin/env python3
"""Ends with 0 where the container's daemon answers that it is healthy, and with 1 where not."""

import os
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener


def main() -> int:
    """Ask once; standard output says why, for ``docker inspect``."""
    port = os.environ.get("STREAMLR__WEB__PORT", "9464")
    ask = build_opener(ProxyHandler({})).open  # a proxy does not reach the loopback interface
    try:
        with ask(f"http://127.0.0.1:{port}/-/healthy", timeout=4) as answer:
            sys.stdout.write(answer.read().decode())
    except (URLError, OSError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
