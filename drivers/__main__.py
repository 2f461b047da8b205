"""`python -m drivers`: one driver, for the station, for systemd, or by hand."""

from __future__ import annotations

import os

# One small matrix at a time: OpenBLAS's threads only get into each other's way, and read this when numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from drivers.command import main

if __name__ == "__main__":
    main()
