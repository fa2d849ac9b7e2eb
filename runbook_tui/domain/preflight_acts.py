"""What a person can do about checks and what they find."""

from __future__ import annotations

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.decide import decide
from runbook_tui.domain.preflight import CLOSES_BY_ITSELF, standing
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState


def _waive(step: str, text: str, *, known: bool = False) -> cmd.WaiveFinding:
    """``a1b2c3d4 7d bob: the vendor has confirmed it``; what is missing is refused later."""
    finding, _, rest = text.strip().partition(" ")
    until, _, rest = rest.strip().partition(" ")
    owner, _, reason = rest.partition(":")
    return cmd.WaiveFinding(step, finding, until, owner.strip(), reason.strip(), known)


def _remedy(step: str, text: str, *, undo: bool = False) -> cmd.BeginRemedy:
    return cmd.BeginRemedy(step, "", text.strip(), "", "file", "", "", "", undo)


PREFLIGHT_ACTS = (
    Act(
        "check",
        "Run the checks",
        "Look at what this preflight step names: everything, or one check.",
        lambda s, t: cmd.BeginChecks(s, t.strip()),
        "check",
        runs="check",
    ),
    Act(
        "waive",
        "Waive a finding",
        "Go on in spite of it, for a time: which, until when, who owns it, why.",
        _waive,
        "waiver",
    ),
    Act(
        "waive-inhibitor",
        "Waive an inhibitor",
        "The same for what closes the gate by itself: an inhibitor, or what nobody knows.",
        lambda s, t: _waive(s, t, known=True),
        "waiver",
    ),
    Act(
        "remedy",
        "Apply a remedy",
        "Have the program do what a finding proposes; shows it in full and asks.",
        _remedy,
        "finding",
        runs="remedy",
    ),
    Act(
        "undo-remedy",
        "Take a remedy back",
        "Undo what was done about a finding.",
        lambda s, t: _remedy(s, t, undo=True),
        "finding",
        runs="remedy",
    ),
)


def anything(state: RunState, act: Act, step: Step, by: str) -> Refusal | None:
    """Why an act on checks cannot be done now, whichever finding it would be about."""
    verdict = decide(state, cmd.BeginChecks(step.id), by)
    if isinstance(verdict, Refusal) or act.runs == "check":
        return verdict if isinstance(verdict, Refusal) else None
    if act.id == "undo-remedy":
        taken = [r for r in state.of(step.id).remedies.values() if not r.undone]
        return None if taken else Refusal("no remedy was applied in this step")
    if any(each.found.remedy for each in standing(state, step, None)):
        return None
    return Refusal("no finding of this step has a remedy that the program can apply")


def waivable(state: RunState, act: Act, step: Step) -> str | Refusal:
    """The fingerprint of a finding that the act could waive, or why there is none."""
    known = act.id == "waive-inhibitor"
    for each in standing(state, step, state.at):
        if each.is_open and (each.found.severity in CLOSES_BY_ITSELF) is known:
            return each.found.fingerprint
    what = "closes the gate by itself" if known else "can be waived just so"
    return Refusal(f"nothing that is open in {step.id} {what}")
