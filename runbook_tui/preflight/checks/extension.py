"""A check that another Python package brings, under the entry point `runbook_tui.checks`.

It is a callable of the check's options and the `Target`, and gives findings: `Finding` objects, or
mappings as a command would write them in JSON, and None now and then to say that it is still at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points

from runbook_tui.domain.checks.extension import ExtensionCheck
from runbook_tui.domain.findings import Evidence, Finding, unknown
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.command.said import as_finding, as_said
from runbook_tui.preflight.target import Target

NAME = "extension"
GROUP = "runbook_tui.checks"


def find(target: Target[ExtensionCheck]) -> Iterator[Finding | None]:
    """What the extension finds; whatever it fails of is unknown."""
    config = target.config
    uses = safe_line(config.uses, 80)
    found = tuple(entry_points(group=GROUP, name=config.uses))
    if not found:
        words = f"No installed package brings the check {uses} ({GROUP})"
        yield unknown(NAME, words, "not-installed")
        return
    if len({each.value for each in found}) > 1:
        names = ", ".join(sorted(_package(each) for each in found))
        yield unknown(NAME, f"More than one package brings the check {uses}: {names}", "ambiguous")
        return
    entry = found[0]
    try:
        answers = entry.load()(dict(config.options), target)
        if not isinstance(answers, Iterable) or isinstance(answers, (str, bytes, dict)):
            raise TypeError(f"it gave {type(answers).__name__}, not findings")
        yield from _checked(answers, entry, target)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code: it has not passed
        why = safe_line(redact(f"{type(error).__name__}: {error}", target.secrets), 200)
        yield unknown(NAME, f"{uses} ({_package(entry)}) failed with {why}")


def _checked(
    answers: Iterable[object], entry: EntryPoint, target: Target[ExtensionCheck]
) -> Iterator[Finding | None]:
    count = 0
    for answer in answers:
        if answer is None:
            yield None
            continue
        count += 1
        try:
            said = as_said(answer)
        except ValueError as error:
            words = f"{safe_line(target.config.uses, 80)}: a finding that is none: {error}"
            yield unknown(NAME, safe_line(words, 300), "malformed")
            continue
        yield as_finding(NAME, said, target.secrets)
    if not count:
        yield Finding(
            check=NAME, key="nothing", severity="pass",
            title=f"{safe_line(target.config.uses, 80)} found nothing",
            evidence=(Evidence(place=_package(entry)),),
        )  # fmt: skip


def _package(entry: EntryPoint) -> str:
    """The package that brings it: ``acme-checks 1.2``."""
    if entry.dist is None:
        return safe_line(entry.value, 80)
    return safe_line(f"{entry.dist.name} {entry.dist.version}", 80)


CHECK: Check[Target[ExtensionCheck]] = Check(NAME, "Extension", find)
