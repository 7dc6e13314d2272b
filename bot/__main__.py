"""Run the command line: ``python -m bot`` and ``tocsin``."""

import sys

from bot.cli.parser import main

if __name__ == "__main__":
    sys.exit(main())
