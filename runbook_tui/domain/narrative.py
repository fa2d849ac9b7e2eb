"""Events in words: one sentence for a commit's subject and the decisions strip, and the body.

A sentence says who, what and on which step, so that `git log` alone tells the story.
"""

from __future__ import annotations

from msgspec import Struct

from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.events import EffectEvent
from runbook_tui.domain.effects.words import tell_effect
from runbook_tui.domain.figures import Figures
from runbook_tui.domain.messages.words import tell_message
from runbook_tui.domain.moment import hour_text, length_text
from runbook_tui.domain.preflight_words import tell_preflight
from runbook_tui.domain.records.events import RecordEvent
from runbook_tui.domain.records.words import tell_record
from runbook_tui.domain.text import safe_line, safe_text

SUBJECT_LENGTH = 100
"""Characters of a subject; what is longer is cut there and stands whole in the body."""


DRY_RUN = "dry run: shown, not run"
"""What stands for the result of a command that a dry run only showed."""
SHOWN = "(dry run) "
"""Before the line of a command that a dry run only shows; never before one that is run."""


class Told(Struct, frozen=True):
    """An event in words."""

    verb: str
    """One or two words for a narrow column: ``skips``, ``go``."""
    what: str
    """The rest of the sentence after who and the verb."""
    mark: str
    """good, bad, warn or plain: how it is coloured."""
    words: str = ""
    """What the person said: reason, note or value, whole."""


def tell(event: ev.AnyEvent) -> Told:
    """The event in words, safe to show: a log may hold what somebody else's program wrote."""
    told = _tell(event)
    return Told(told.verb, safe_line(told.what), told.mark, safe_text(told.words))


def _tell(event: ev.AnyEvent) -> Told:
    if isinstance(event, ev.StepEvent):
        return _tell_step(event)
    if isinstance(event, ev.MessageEvent):
        return Told(*tell_message(event))
    if isinstance(event, EffectEvent):
        return Told(*tell_effect(event))
    if isinstance(event, RecordEvent):
        return Told(*tell_record(event))
    match event:
        case ev.RunStarted(pin=pin, mode=mode):
            dirty = ", edited since" if pin.dirty else ""
            at = f" @{pin.commit[:7]}{dirty}" if pin.commit else ""
            what = f"{pin.runbook} v{pin.version}{at} ({mode})"
            return Told("starts", what, "plain", _rehearsals(event))
        case ev.RunResumed(host=host):
            return Told("resumes", f"the run on {host}" if host else "the run", "plain")
        case ev.RunPaused(reason=reason, held=held):
            what = "the run; the window stands still" if held else "the run; the window runs on"
            return Told("pauses", what, "warn", reason)
        case ev.RunContinued():
            return Told("goes on", "after the pause", "plain")
        case ev.RunClosed(summary=summary):
            return Told("closes", "the run", "good", summary)
        case ev.RunAborted(reason=reason):
            return Told("aborts", "the run", "bad", reason)
        case ev.RunbookAmended(pin=pin, reason=reason, changes=changes):
            return Told(
                "amends", f"the runbook to v{pin.version} ({_count(changes)})", "warn", reason
            )
        case ev.NoteAdded(text=text, step=step):
            return Told("notes", f"on {step}" if step else "on the run", "plain", text)
        case ev.RedlineAdded(text=text, step=step):
            return Told("redlines", step or "the runbook", "plain", text)
        case ev.WindowExtended(seconds=seconds, reason=reason):
            return Told("extends", f"the window by {length_text(seconds)}", "warn", reason)
        case ev.DeadlineAnswered(deadline=deadline, answer=answer, reason=reason):
            late = "the latest safe rollback" if deadline == "rollback" else "the window's end"
            return Told(_ANSWERS[answer], late, "warn", reason)
        case ev.ClockJumped(seconds=seconds):
            way = "forward" if seconds > 0 else "back"
            return Told("notices", f"the wall clock jumped {way} {abs(seconds):.1f} s", "warn")


def _rehearsals(event: ev.RunStarted) -> str:
    """The load of a rehearsal; of a live run, how much of it was rehearsed."""
    if event.load:
        return f"under {event.load}"
    if event.mode != "live" or event.baseline is None or event.baseline.rehearsals is None:
        return ""
    count = sum(times > 0 for times, _, _ in event.baseline.rehearsed.values())
    return f"{count or 'no'} step{'' if count == 1 else 's'} rehearsed before"


_ANSWERS: dict[ev.Answer, str] = {
    "go-on": "goes on past",
    "roll-back": "decides to roll back at",
    "extend": "extends the window at",
}


def _count(changes: tuple[str, ...]) -> str:
    return f"{len(changes)} change{'' if len(changes) == 1 else 's'}"


_SHOWN = {"run": "command", "verify": "verification"}
_COMMAND_VERBS = {"run": "runs", "verify": "verifies"}


def _tell_step(event: ev.StepEvent) -> Told:
    step = event.step
    match event:
        case ev.StepStarted(deviation=deviation, past_return=past_return):
            if past_return:
                return Told(
                    "passes", _no_return(step, event.gives_up), "warn", deviation or event.reason
                )
            if deviation:
                return Told("starts", f"{step} out of order", "warn", deviation)
            return Told("starts", step, "plain")
        case ev.TimerExtended(seconds=seconds, reason=reason):
            return Told("extends", f"{step} by {length_text(seconds)}", "warn", reason)
        case ev.ItemTicked(item=item, text=text, on=on):
            return Told("ticks" if on else "unticks", f"in {step}: {text or item}", "plain")
        case ev.CommandStarted(purpose=purpose, line=line, host=host):
            where = f" on {host}" if host else ""
            if line.startswith(SHOWN):
                line = line.removeprefix(SHOWN)
                what = f"the {_SHOWN[purpose]} of {step}{where} (dry run)"
                return Told("shows", what, "plain", f"$ {line}")
            return Told(_COMMAND_VERBS[purpose], f"{step}{where}", "plain", f"$ {line}")
        case ev.CommandFinished():
            return _tell_finished(event)
        case ev.CommandInterrupted(purpose=purpose, alive=alive):
            still = ", its process still runs" if alive else ""
            return Told("finds", f"the {purpose} of {step} interrupted{still}", "bad")
        case ev.UnknownSettled(happened=happened, reason=reason):
            did = "took effect" if happened else "did not take effect"
            return Told("settles", f"{step}: the interrupted command {did}", "warn", reason)
        case ev.ValueObserved(label=label, value=value, unit=unit):
            return Told("observes", f"in {step}: {label} = {value} {unit}".rstrip(), "good")
        case ev.EvidenceAdded(name=name, path=path, size=size):
            return Told("attaches", f"to {step}: {name} ({size:,} bytes)", "plain", path)
        case ev.Approved(note=note):
            return Told("approves", step, "good", note)
        case ev.OptionChosen(option=option, reason=reason):
            return Told("chooses", f"{option} in {step}", "good", reason)
        case ev.GateDecided(go=go, reason=reason):
            verb, mark = ("says GO", "good") if go else ("says NO-GO", "bad")
            return Told(verb, f"at {step}", mark, reason)
        case ev.WaitOver(how=how, early=early):
            return Told("ends", f"the wait {step}{' early' if early else ''}", "plain", how)
        case ev.StepDone(note=note):
            return Told("completes", step, "good", note)
        case ev.StepSkipped(reason=reason):
            return Told("skips", step, "warn", reason)
        case ev.StepDeferred(reason=reason):
            return Told("defers", step, "warn", reason)
        case ev.StepFailed(reason=reason):
            return Told("fails", step, "bad", reason)
        case ev.StepOverridden(reason=reason, missing=missing):
            return Told("overrides", f"{step} ({'; '.join(missing)})", "warn", reason)
        case ev.StepReopened(reason=reason, past_return=True):
            return Told("passes", _no_return(step, event.gives_up), "warn", reason)
        case ev.StepReopened(reason=reason, retry=retry):
            return Told("retries" if retry else "reopens", step, "warn", reason)
        case ev.CheckReported() | ev.FindingWaived() | ev.RemedyBegun() | ev.RemedyEnded():
            return Told(*tell_preflight(event))
        case ev.StepDelegated(to=to, reason=reason):
            return Told("delegates", f"{step} to {to}", "warn", reason)
        case ev.TakenBack(what=what, seq=seq):
            return Told("takes back", f"in {step}: {what} (event {seq})", "warn")
        case _:
            return Told("records", f"{type(event).__name__} in {step}", "plain")


MOST_GIVEN_UP = 5
"""Steps that a sentence names; all of them stand in the event."""


def _no_return(step: str, gives_up: tuple[str, ...]) -> str:
    if not gives_up:
        return f"the point of no return {step}"
    named = ", ".join(gives_up[-MOST_GIVEN_UP:])
    more = len(gives_up) - MOST_GIVEN_UP
    others = f" and {more} more" if more > 0 else ""
    return f"the point of no return {step}, giving up the way back of {named}{others}"


def _tell_finished(event: ev.CommandFinished) -> Told:
    # Whatever ran has left evidence, so no output can pass for this.
    if event.outcome == "ok" and event.summary == DRY_RUN and not event.evidence:
        what = f"the {_SHOWN[event.purpose]} of {event.step}; nothing ran (dry run)"
        return Told("shows", what, "plain")
    took = length_text(event.seconds) if event.seconds >= 60 else f"{event.seconds:.1f} s"
    if event.outcome == "ok":
        how = "run ok" if event.purpose == "run" else "verified"
        return Told("sees", f"{event.step} {how} ({took})", "good", event.summary)
    what = "command" if event.purpose == "run" else "verification"
    how = {
        "failed": f"fail ({exit_text(event.exit)}, {took})",
        "partial": f"end well on some hosts only ({took})",
        "timed-out": f"time out after {took}",
        "cancelled": f"cancelled after {took}",
        "not-started": "not start",
    }[event.outcome]
    return Told("sees", f"the {what} of {event.step} {how}", "bad", event.summary)


def exit_text(code: int | None) -> str:
    """``exit 1``, ``signal 9``."""
    if code is None:
        return "no exit code"
    return f"signal {-code}" if code < 0 else f"exit {code}"


def sentence(entry: ev.Entry) -> str:
    """Who and what in one line: ``alice skips purge-cache``."""
    told = tell(entry.event)
    return f"{safe_line(entry.by)} {told.verb} {told.what}"


def clocks(figures: Figures) -> str:
    """What the clocks said at a decision, in a few words: ``buffer 41:00 left · ends 20:12Z …``."""
    parts = []
    if figures.buffer is not None and figures.buffer < 0:
        parts.append(f"buffer overdrawn by {length_text(-figures.buffer)}")
    elif figures.buffer is not None:
        parts.append(f"buffer {length_text(figures.buffer)} left")
    if figures.ends is not None:
        parts.append(f"ends {hour_text(figures.ends)} (80 %)")
    if figures.decide_by is not None:
        parts.append(f"decide by {hour_text(figures.decide_by)}")
    return " · ".join(parts)
