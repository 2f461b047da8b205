"""`python -m drivers`: one driver, for the station, for systemd, or by hand."""

from __future__ import annotations

from drivers.command import main

if __name__ == "__main__":
    main()
