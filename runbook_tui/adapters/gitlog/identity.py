"""Who sits at the keyboard, as git would say it."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
from pathlib import Path

from runbook_tui.adapters.gitlog import process
from runbook_tui.adapters.gitlog.errors import LogError
from runbook_tui.domain.record import Identity


def of_user(git_dir: Path) -> Identity:
    """git's own answer: ``GIT_AUTHOR_*``, else user.name and user.email of the repository, the
    user and the system, else what git makes of the account. Where git has none: the login name.
    """
    with contextlib.suppress(LogError):
        status, out, _ = process.output(
            git_dir, ["var", "GIT_AUTHOR_IDENT"], timeout=10, user_config=True
        )
        match = re.fullmatch(
            r"(.*) <([^<>]*)> [0-9]+ [+-][0-9]{4}\n?", out.decode("utf-8", "replace")
        )
        if status == 0 and match and match[1]:
            return Identity(match[1], match[2])
    try:
        login = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # A container started with a bare number as its user.
        login = f"uid{os.getuid()}"
    return Identity(login, f"{login}@{os.uname().nodename or 'localhost'}")
