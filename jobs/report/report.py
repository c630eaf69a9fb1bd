#!/usr/bin/env python3
"""gforbit-report from a checkout or an installation with CMake: report.py FILE.h5... --output DIR; --help says more."""

import sys

from gforbit_report.command import main

if __name__ == "__main__":
    sys.exit(main())
