"""The process that looks at a system, or puts it back::

    python -P -m runbook_tui.adapters.systems look|restore

Its config comes by the environment (see `runbook_tui.domain.systems.asking`). `look` answers with
one line of JSON, a `Seen`; `restore` with a line for each object that it touched or left.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

from runbook_tui.adapters.systems.base import Kept, NotAskedError, NotPutBackError, Objects, System
from runbook_tui.adapters.systems.known import system_of
from runbook_tui.domain.systems.asking import (
    BEFORE,
    FAILED,
    FOREIGN,
    KEPT,
    NOT_ASKED,
    OURS,
    PREFIX,
    RESTORED,
    from_env,
)
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.choosing import about
from runbook_tui.domain.systems.seen import Seen, digest_of
from runbook_tui.domain.text import safe_line

LINE = 160


def main(argv: list[str]) -> int:
    """Does what is asked; gives the exit code."""
    try:
        config = from_env(os.environ)
        for field in config.has_secret:  # what programs this starts must not inherit
            os.environ.pop(PREFIX + field.upper(), None)
        system = system_of(config)
        kept = Kept(Path(os.environ[KEPT]) if os.environ.get(KEPT) else None)
        if argv == ["look"]:
            return _look(config, system, kept)
        if argv == ["restore"]:
            return _restore(config, system, kept)
        raise NotAskedError("it is asked to look or to restore")
    except (NotAskedError, msgspec.ValidationError) as error:
        sys.stderr.write(safe_line(str(error), 300) + "\n")
        return NOT_ASKED


def _objects(config: SystemBase, system: System, kept: Kept) -> dict[str, dict[str, object]]:
    return _of(config, system.look(kept))


def _of(config: SystemBase, objects: Objects) -> dict[str, dict[str, object]]:
    return {key: dict(value) for key, value in objects.items() if about(config, key)}


def _look(config: SystemBase, system: System, kept: Kept) -> int:
    objects = _objects(config, system, kept)
    kept.look(objects)
    seen = Seen(
        {key: digest_of(value) for key, value in objects.items()},
        {key: safe_line(system.line(key, value), LINE) for key, value in objects.items()},
    )
    sys.stdout.write(msgspec.json.encode(seen).decode() + "\n")
    return 0


def _restore(config: SystemBase, system: System, kept: Kept) -> int:
    # What was kept may be a look at more than this is about: a survey's.
    before = _of(config, kept.earlier(os.environ.get(BEFORE, "")))
    ours = _of(config, kept.earlier(os.environ.get(OURS, "")))
    now = _objects(config, system, kept)
    failed, left = False, False
    touched = [key for key in {*before, *ours, *now} if now.get(key) != before.get(key)]
    for key in system.order(touched, before):
        if now.get(key) != ours.get(key):
            left = True
            _say(f"left {key}: somebody else has changed it since: {_line(system, key, now)}")
            continue
        try:
            _say(system.put(key, before.get(key), now.get(key), kept))
        except (NotPutBackError, NotAskedError) as error:
            failed = True
            _say(f"not put back: {key}: {error}")
    after = _objects(config, system, Kept(None))
    for key in touched:
        if after.get(key) != before.get(key) and now.get(key) == ours.get(key):
            failed = True
            _say(f"not as before: {key}: {_line(system, key, after)}")
    return FAILED if failed else FOREIGN if left else RESTORED


def _line(system: System, key: str, objects: Objects) -> str:
    value = objects.get(key)
    return "absent" if value is None else system.line(key, value)


def _say(words: str) -> None:
    sys.stdout.write(safe_line(words, 300) + "\n")
    sys.stdout.flush()


def _end(number: int, frame: object) -> NoReturn:
    """Ended from outside, it ends what it has started: programs are in groups of their own. They
    are asked for of the kernel, since one may just have been started and not be known yet."""
    del frame
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                for end in (os.killpg, os.kill):  # it may not be a group of its own yet
                    with suppress(OSError):
                        end(child, signal.SIGKILL)
                os.waitpid(child, 0)
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main(sys.argv[1:]))
