"""Runs a practice service and ends it when its lab is gone.

A practice lab must leave nothing behind: a service stops by itself when the lab's folder vanishes
or is replaced by another, and in any case when its lifetime is over. The services themselves stay
plain programs; they are started as ``python lifeline.py MODULE …`` with RUNBOOK_LAB naming the
lab's folder, RUNBOOK_LAB_ID its id, and RUNBOOK_LAB_LIFETIME the seconds it may live.
"""

import os
import runpy
import signal
import sys
import threading
import time

LOOK_EVERY = 1.0
GRACE = 3.0
LONGEST = 12 * 3600.0


def lab_is_there(folder: str, identity: str) -> bool:
    """Whether `folder` still holds the lab with that id."""
    try:
        with open(os.path.join(folder, "lab.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            return identity in file.read()
    except OSError:
        return False


def watch(folder: str, identity: str, ends: float) -> None:
    """Ends this process once the lab is gone or `ends` (monotonic seconds) is past."""
    while time.monotonic() < ends and lab_is_there(folder, identity):
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def main() -> None:
    """Starts the watch, then becomes the module named first on the command line."""
    lifetime = min(float(os.environ.get("RUNBOOK_LAB_LIFETIME", LONGEST)), LONGEST)
    threading.Thread(
        target=watch,
        args=(
            os.environ["RUNBOOK_LAB"],
            os.environ["RUNBOOK_LAB_ID"],
            time.monotonic() + lifetime,
        ),
        daemon=True,
    ).start()
    sys.argv = sys.argv[1:]
    sys.path[0] = os.getcwd()  # noqa: PTH109
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
