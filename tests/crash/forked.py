"""A child from outside: started, answered as the person at the station would, and how it ended."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.crash.child import Order, run

#: Seconds within which a recovery has to converge, Graph and printer being there; no child is silent for longer.
CONVERGES: Final = 60.0

FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.child", "tests.crash.warm"])

#: Called with the process id of a child that waits to be traced.
Trace = Callable[[int], None]


@dataclass
class Ended:
    """How a child ended: what it returned and the points it passed, or that it was killed where it was told.

    `seconds` are those it took and those it would have waited by its hurried clock.
    """

    killed: bool
    results: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    seconds: float = 0.0


def carried_out(order: Order, answer: Callable[[str, Any], object], trace: Trace) -> Ended:
    """Run one child to its end; `answer` gets what it asks. A child that ends otherwise than told is our mistake."""
    began = time.monotonic()
    ours, theirs = multiprocessing.Pipe()
    # A fork of a server that has everything imported and no threads.
    child = FORKS.Process(target=run, args=(order, theirs))
    child.start()
    theirs.close()
    try:
        if order.traced:
            assert child.pid is not None
            trace(child.pid)
            ours.send("begin")
        while ours.poll(CONVERGES):
            what, about = ours.recv()
            if what == "done":
                results, points, waited = about
                return Ended(False, results, points, time.monotonic() - began + waited)
            ours.send(answer(what, about))
    except (EOFError, ConnectionResetError, BrokenPipeError):
        child.join(CONVERGES)
        died = order.kill_at and child.exitcode == -signal.SIGKILL
        assert died, f"the child ended with {child.exitcode}"
        return Ended(killed=True, seconds=time.monotonic() - began)
    finally:
        ours.close()
        child.kill()
        child.join()
    raise AssertionError(f"the child said nothing for {CONVERGES:g} s")
