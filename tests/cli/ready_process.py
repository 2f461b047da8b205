"""A process that has imported the program, and becomes `kiosk WORDS…` as often as it is asked: one fork each.

Each command is a process of its own, with its own environment and outputs, and is spared a second of imports.
usage: python -m tests.cli.ready_process, then one JSON object a line; answered by its return code
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
import time
import traceback
from typing import Any

import kiosk.cli

#: Seconds a command may take before it is ended.
_PATIENCE = 50


def serve() -> None:
    """Until standard input ends."""
    for module in pkgutil.iter_modules(kiosk.cli.__path__, "kiosk.cli."):
        importlib.import_module(module.name)
    for name in ("kiosk.station", "kiosk.devices.pictures", "kiosk.doctor", "kiosk.harness.stage"):
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        answers.flush()


def _become(asked: dict[str, Any]) -> None:
    """Run one command and leave, as the interpreter would."""
    signal.alarm(_PATIENCE)
    for descriptor, path in ((0, os.devnull), (1, asked["stdout"]), (2, asked["stderr"])):
        os.dup2(os.open(path, os.O_RDWR), descriptor)
    sys.stdin = os.fdopen(0)
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    sys.argv = ["kiosk", *asked["words"]]
    code: Any = 0
    try:
        kiosk.cli.main()
    except SystemExit as leaving:
        code = leaving.code or 0
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    serve()
