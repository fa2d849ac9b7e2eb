"""Shows every command of a runbook, and lets a person trust its exact content.

A runbook runs commands as the person who runs it. One changed byte makes it another runbook.
"""

from __future__ import annotations

from collections.abc import Callable

from runbook_tui.domain.every_command import Listed, every_command
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.text import safe_line, safe_text

TYPED = 6
"""Characters of the hash that a person types: long enough to have been looked at."""

Ask = Callable[[str], str | None]


def listing(plan: Plan) -> str:
    """Every command with step, purpose, host, folder and environment, in full."""
    book = plan.runbook
    commands = every_command(book)
    count = f"{len(commands)} command{'' if len(commands) == 1 else 's'}"
    parts = [
        f"{safe_line(book.title)}  v{book.version}",
        f"owner {safe_line(book.owner)}",
        f"content {plan.digest}",
        f"It has {count}. Each is run only when a person says so, as that person.",
        "Scripts that they call are not part of the runbook: look at those yourself.",
    ]
    parts.extend(_block(n, listed) for n, listed in enumerate(commands, 1))
    return "\n".join(parts)


def _block(number: int, listed: Listed) -> str:
    command = listed.command
    facts = [listed.purpose, f"on {command.where}" if command.where else "on this machine"]
    if listed.looks:
        facts = [listed.purpose, "the program itself"]
    if command.cwd:
        facts.append(f"in {command.cwd}")
    if command.env:
        facts.append("with " + ", ".join(command.env))
    lines = [f"\n{number}. {listed.step}  ({safe_line('; '.join(facts))})"]
    sign = "sh $ " if command.shell is not None else "" if listed.looks else "$ "
    first, *rest = safe_text(listed.text).split("\n")
    lines.append(f"   {sign}{first}")
    lines.extend(f"   {' ' * len(sign)}{line}" for line in rest)
    for name, value in command.env.items():
        lines.append(f"   {safe_line(name)}={safe_text(value)}")
    return "\n".join(lines)


def ask_to_trust(plan: Plan, show: Callable[[str], None], ask: Ask) -> bool:
    """Shows the listing and asks for the first characters of the hash; true where they came."""
    show("This exact runbook was not trusted on this machine before.\n")
    show(listing(plan))
    show("")
    answer = ask(
        f"Type the first {TYPED} characters of its hash to trust it, or nothing to leave: "
    )
    return answer is not None and answer.strip().lower() == plan.digest[:TYPED]
