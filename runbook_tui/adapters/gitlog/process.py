"""The one way in which this package starts git.

A repository may come from anybody, and git runs what its configuration says: hooks, pagers,
file-system monitors, filters, ssh commands, helpers of a partial clone. So every process gets
the same fence: plumbing commands only; the repository named, never discovered (which also leaves
out the question of who owns it: nothing in it is executed); no system and user configuration; an
environment without the caller's ``GIT_*``; overrides for every setting that names a program; no
transport at all. Replacement refs, grafts and the commit graph are off as well, since an audit
log is what the objects say, not what a side file says that they say. Never a shell.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from runbook_tui.adapters.gitlog.errors import LogError

_OVERRIDES = (
    "advice.graftFileDeprecated=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.editor=false",
    "core.askPass=false",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.alternateRefsCommand=",
    "core.attributesFile=/dev/null",
    "core.commitGraph=false",
    "core.fsync=all",
    "core.fsyncMethod=fsync",
    "credential.helper=",
    "diff.external=",
    "gc.auto=0",
    "maintenance.auto=false",
    "pack.packSizeLimit=0",
    "pack.threads=1",
    "pack.writeBitmaps=false",
    "protocol.allow=never",
)
_FENCE = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_SSH_COMMAND": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "LANGUAGE": "",
}
_NO_USER_CONFIG = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
_WHO_AND_WHERE = (
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
)
"""What the user's own environment may say where git is asked who the user is."""


_NOTHING: Mapping[str, str] = {}


def start(
    git_dir: Path,
    arguments: Sequence[str],
    *,
    stdin: IO[bytes] | None = None,
    user_config: bool = False,
    environment: Mapping[str, str] = _NOTHING,
) -> subprocess.Popen[bytes]:
    """Starts ``git`` on the repository at `git_dir`, with pipes to all three streams.

    `stdin` may be another git's standard output; it is closed here then, so that this one sees
    its end and that one sees a reader gone. With `user_config` the system's and the user's
    configuration are read, and the identity variables kept. `environment` is added to what it
    gets. Raises LogError where git is not installed.
    """
    around = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    if user_config:
        around |= {name: os.environ[name] for name in _WHO_AND_WHERE if name in os.environ}
    else:
        around |= _NO_USER_CONFIG
    overrides = [word for setting in _OVERRIDES for word in ("-c", setting)]
    try:
        process = subprocess.Popen(
            ["git", "--no-pager", f"--git-dir={git_dir}", *overrides, *arguments],
            stdin=stdin or subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=git_dir,
            env=around | _FENCE | dict(environment),
        )
    except OSError as problem:
        raise LogError(
            f"Could not start git in {git_dir}: {problem.strerror or problem}.",
            unharmed="Nothing was changed.",
            hint="See that git is installed and on PATH, and that the repository is still there.",
        ) from problem
    if stdin:
        stdin.close()
    return process


def output(
    git_dir: Path,
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    timeout: float | None = 120,
    user_config: bool = False,
    environment: Mapping[str, str] = _NOTHING,
) -> tuple[int, bytes, str]:
    """Runs git to its end: (exit status, standard output, what it said on standard error).

    `timeout` is in seconds; a git that hangs (a dead network disk) is killed and raises LogError.
    """
    with start(git_dir, arguments, user_config=user_config, environment=environment) as process:
        try:
            out, err = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise LogError(
                f"git {arguments[0]} in {git_dir} gave no answer for {timeout:.0f} s.",
                unharmed="Nothing was changed.",
                hint="See whether the disk under the repository still answers.",
            ) from None
        except BaseException:
            process.kill()
            raise
        return process.returncode, out, complaint(err)


def complaint(stderr: bytes) -> str:
    """What git said, as one short line."""
    said = stderr.decode("utf-8", "replace").strip().splitlines()
    lines = [line for line in said if line and not line.startswith("hint:")]
    return " / ".join(lines[:3])[:400]
