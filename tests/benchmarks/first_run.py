"""What `make demo` costs: from nothing, and again. Run it with `make figures`.

A fresh clone of the committed tree is set up in a temporary folder with pip's cache as it is. Seconds are wall clock;
memory is the largest sum of the resident sets of all processes started, seen ten times a second.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_EVERY = 0.1
_MIB = 1 << 20


def main() -> None:
    """Print the table; leaves with 1 when the demo did not come out."""
    root = Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
        rows = [
            ("`make demo` from nothing", *_measure(["make", "demo"], clone)),
            ("`make demo` again", *_measure(["make", "demo"], clone)),
            ("`kiosk demo --headless --json`", *_measure([".venv/bin/kiosk", "demo", "--headless", "--json"], clone)),
            ("`kiosk --version`", *_measure([".venv/bin/kiosk", "--version"], clone)),
            ("`kiosk doctor`", *_measure([".venv/bin/kiosk", "doctor"], clone)),
        ]
        size = sum(file.lstat().st_size for file in (clone / ".venv").rglob("*") if not file.is_symlink())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}\n")
    print("| command | seconds | MiB at most |\n|---|---|---|")
    for name, seconds, memory in rows:
        print(f"| {name} | {seconds:.1f} | {memory / _MIB:.0f} |")
    print(f"\n`.venv` holds {size / _MIB:.0f} MiB.")


def _measure(command: list[str], folder: Path) -> tuple[float, int]:
    began, most = time.monotonic(), 0
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        while process.poll() is None:
            most = max(most, sum(map(_resident, _family(process.pid))))
            time.sleep(_EVERY)
        seconds = time.monotonic() - began
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command)} left with {process.returncode}:\n{output.read().decode(errors='replace')}")
    return seconds, most


def _family(oldest: int) -> set[int]:
    family, parents = {oldest}, dict(_parents())
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        yield int(stat.parent.name), int(after_name[1])


def _resident(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
