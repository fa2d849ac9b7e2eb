"""What a job means for the window: the finding about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runbook_tui.domain.findings import Evidence, Finding, Severity
from runbook_tui.preflight.cron.jobs import Job, Runs, Window, slot_after
from runbook_tui.preflight.cron.times import MOST, words

SHOWN_TIMES = 5


@dataclass(frozen=True)
class Judge:
    """What jobs are measured by. `window` is None where there is none to measure them by."""

    check: str
    window: Window | None
    now: datetime
    expected: tuple[str, ...]

    def finding(self, job: Job) -> Finding:
        """The one finding about a job."""
        window = self.window or (self.now, self.now)
        runs = job.runs(window, self.now) if not job.idle else Runs()
        known = any(text and text in job.text for text in self.expected)
        key, severity, title = self._verdict(job, runs, known)
        remedies = job.remedies if severity in ("high", "warning") else ()
        if key == "job-due" and runs.times and self.window is not None:
            moved = job.move(slot_after(self.window[1], job.zone))
            remedies = (*remedies, moved) if moved is not None else remedies
        return Finding(
            check=self.check,
            key=key,
            severity=severity,
            title=title,
            subject=job.subject,
            evidence=(*job.evidence, *_times(job, runs)),
            remediation=self._advice(job, runs, severity),
            remedies=remedies,
        )

    def _verdict(self, job: Job, runs: Runs, known: bool) -> tuple[str, Severity, str]:
        name = job.title
        announced = ", though it is expected" if known else ""
        if job.idle:
            return "job-idle", "info", f"Starts nothing: {name}, {job.idle}"
        if job.kind == "application":
            if runs.times:
                first = words(runs.times[0], job.zone)
                return "app-job-may-be-due", "warning", f"May be due in the window: {name}, {first}"
            return "app-job", "info", f"An application's own schedule: {name}"
        if self.window is not None and runs.certain == "will":
            if runs.times:
                count = f"{len(runs.times)} times, first " if len(runs.times) > 1 else ""
                if len(runs.times) >= MOST:
                    count = f"more than {count}"
                at = words(runs.times[0], job.zone)
                return "job-due", "high", f"Due in the window{announced}: {name}, {count}{at}"
            if runs.why:
                return "job-due", "high", f"Due in the window{announced}: {name}, {runs.why}"
        if job.when == "@reboot":
            if known:
                return "job-expected", "info", f"Expected, at every start of cron: {name}"
            return "job-at-start", "warning", f"Runs when the machine or cron starts: {name}"
        if self.window is not None and runs.certain == "may":
            why = f" ({runs.why})" if runs.why else ""
            title = f"May be due in the window{announced}: {name}{why}"
            return "job-may-be-due", "warning", title
        if known:
            return "job-expected", "info", f"Expected, and not due in the window: {name}"
        when = "" if self.window is None else ", not due in the window"
        return "job-unannounced", "warning", f"A job nobody announced: {name}{when}"

    def _advice(self, job: Job, runs: Runs, severity: Severity) -> str:
        advice = []
        if severity in ("high", "warning") and job.kind != "application":
            advice.append(_how_off(job))
        if runs.times and self.window is not None:
            slot = slot_after(self.window[1], job.zone)
            if job.moves == "cron":
                advice.append(
                    f"Or move it behind the window: `{slot.minute} {slot.hour}` as minute and "
                    f"hour is the first slot after it ({words(slot, job.zone)})."
                )
            elif job.moves == "timer":
                advice.append(
                    f"Or move it behind the window: `OnCalendar={slot:%Y-%m-%d %H:%M}` is the "
                    f"first slot after it ({job.zone.key})."
                )
            else:
                advice.append(f"The first slot after the window is {words(slot, job.zone)}.")
        if severity == "warning" and not runs.times:
            advice.append("Where it is known and wanted, name it in `expected`.")
        if runs.next is not None and runs.next not in runs.times:
            advice.append(f"Next: {words(runs.next, job.zone)}.")
        return " ".join(advice)


def _times(job: Job, runs: Runs) -> tuple[Evidence, ...]:
    """When, by which clock: what a decision about a job in the window rests on."""
    notes = [note for note in job.notes if not any(note in e.text for e in job.evidence)]
    text = "; ".join(notes)
    if runs.times:
        shown = ", ".join(words(at, job.zone) for at in runs.times[:SHOWN_TIMES])
        more = len(runs.times) - SHOWN_TIMES
        shown += f" and {more} more" if more > 0 else ""
        shown += f", {runs.why}" if runs.why else ""
        clock = f"clock {job.zone.key}, {job.zone_from}"
        text = f"due {shown} ({clock})" + (f"; {text}" if text else "")
    return (Evidence(place=job.evidence[0].place, text=text),) if text else ()


def _how_off(job: Job) -> str:
    if job.kind == "cron":
        if not job.remedies and job.evidence[0].place == "crontab -l":
            return "Put a # before the line for the night (`crontab -e`), and take it away after."
        return "Put a # before the line for the night, and take it away after."
    if job.kind == "timer":
        return f"Stop it for the night: `systemctl disable --now {job.title}`, and enable it after."
    if job.kind == "at":
        number = job.title.split()[1]
        return f"Keep it (`at -c {number}`), take it out (`atrm {number}`), put it back after."
    if job.kind == "run-parts":
        return "Take its execute bit away for the night, and give it back after."
    return "Put a # before the line for the night, or make its folder's jobs wait."
