"""Whether a verification answered what the runbook expects."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from runbook_tui.domain.narrative import exit_text
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.regexes import compile_pattern
from runbook_tui.domain.runbook_model import Expect
from runbook_tui.domain.text import safe_line


def expected(expect: Expect, parameters: Mapping[str, str]) -> Expect:
    """`expect` with parameters in place, in the texts that may name them."""

    def placed(text: str | None) -> str | None:
        return None if text is None else substituted(text, parameters)

    return replace(expect, equals=placed(expect.equals), contains=placed(expect.contains))


def why_not(expect: Expect, code: int | None, stdout: str) -> str | None:
    """None where the answer is the expected one, else the first difference in a sentence."""
    if code != expect.exit:
        return f"expected exit {expect.exit}, got {exit_text(code)}"
    answer = stdout.strip()
    seen = safe_line(answer, 80) or "nothing"
    if expect.equals is not None and answer != expect.equals.strip():
        return f"expected {safe_line(expect.equals, 80)!r}, got {seen!r}"
    if expect.contains is not None and expect.contains not in stdout:
        return f"expected {safe_line(expect.contains, 80)!r} in the output, got {seen!r}"
    if expect.matches is not None:
        pattern = compile_pattern(expect.matches)
        if isinstance(pattern, str):
            return f"the pattern {safe_line(expect.matches, 80)!r} is refused: {pattern}"
        if pattern.search(stdout) is None:
            return f"expected a match of {safe_line(expect.matches, 80)!r}, got {seen!r}"
    return None
