"""Runbooks as text, for tests that change one thing in them."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from runbook_tui.formats.load import Loaded, Problem, RunbookError, load_files

HEAD = """\
format: 1
id: test
title: A test
version: 1.0.0
owner: operations
"""


def runbook_text(steps: str, more: str = "") -> str:
    """A runbook with one phase that holds `steps` (a YAML list); `more` are further root keys."""
    return (
        HEAD
        + dedent(more)
        + "phases:\n  - id: work\n    title: Work\n    steps:\n"
        + indent(dedent(steps).strip("\n"), " " * 6)
        + "\n"
    )


def loaded(text: str | bytes, /, *, lint: bool = True, **fragments: str) -> Loaded:
    """The runbook of `text`, with fragments by file name without its ``.yaml``."""
    data = text if isinstance(text, bytes) else text.encode()
    files: dict[str, bytes] = {"runbook.yaml": data}
    files |= {f"{name}.yaml": content.encode() for name, content in fragments.items()}
    return load_files("runbook.yaml", files, lint=lint)


def refused(text: str | bytes, /, **fragments: str) -> tuple[Problem, ...]:
    """The problems for which `text` is no runbook, without what lint says of the rest."""
    with pytest.raises(RunbookError) as caught:
        loaded(text, lint=False, **fragments)
    return caught.value.problems


def found(text: str) -> dict[str, Problem]:
    """What lint finds in `text`, by code (the last of each)."""
    return {problem.code: problem for problem in loaded(text).problems}
