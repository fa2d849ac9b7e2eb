"""Whether kernel, clock and time zone are as they have to be, and whether a restart is pending."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.findings import Evidence, Finding
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.machine import kernel as kernels
from runbook_tui.preflight.machine import restart
from runbook_tui.preflight.machine.answers import NAME, SHOWN, Answers, Fine, not_known
from runbook_tui.preflight.machine.clock import NoTimeError, Skew, skew, synchronized
from runbook_tui.preflight.machine.zone import is_zone, system_zone
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.versions.order import BadVersionError

_RELEASE = "/proc/sys/kernel/osrelease"
_MOST_STALE = 10


def kernel(target: Target[HostCheck], root: Path) -> Answers:
    """Whether the running kernel is new enough."""
    if target.config.kernel is None:
        return
    yield None
    try:
        release = kernels.running(root)
        enough = kernels.numbers(release) >= kernels.numbers(target.config.kernel)
    except OSError as error:
        yield not_known("kernel-unknown", f"{_RELEASE}: {error.strerror}")
        return
    except BadVersionError as error:
        yield not_known("kernel-unknown", str(error))
        return
    shown = safe_line(release, 80)
    if enough:
        yield Fine(f"kernel {shown}")
        return
    yield Finding(
        check=NAME, key="kernel-too-old", severity="inhibitor",
        title=f"Kernel {shown} runs; at least {safe_line(target.config.kernel, 80)} is needed",
        evidence=(Evidence(place=_RELEASE, text=shown),),
        remediation="Install a newer kernel and start it before the window.",
    )  # fmt: skip


def clock(target: Target[HostCheck], _root: Path) -> Answers:
    """How far the clock is off, and whether it is kept in time."""
    if target.config.clock is None:
        return
    yield None
    url = safe_line(redact(target.config.clock, target.secrets), SHOWN)
    limit = seconds(target.config.clock_skew)
    try:
        off = skew(target.network, target.config.clock, limit)
    except NoTimeError as error:
        yield not_known("clock-unknown", f"The clock could not be compared with {url}: {error}")
    else:
        yield _off(off, limit, url, target.config.clock_skew)
    yield None
    kept = synchronized(target.tools)
    if kept is None:
        yield not_known("clock-keeping-unknown", "Whether the clock is kept in time is not known")
    elif kept:
        yield Fine("clock synchronized")
    else:
        yield Finding(
            check=NAME, key="clock-unsynchronized", severity="warning",
            title="Nobody keeps this clock in time: the kernel calls it not synchronized",
            evidence=(Evidence(place="adjtimex(2)", text="possible error of 16 s or more"),),
            remediation="Start chrony, systemd-timesyncd or ntpd here, unless the host does it.",
        )  # fmt: skip


def _off(off: Skew, limit: float, url: str, allowed: str) -> Finding | Fine:
    way = "slow" if off.likely > 0 else "fast"
    bounds = f"between {off.low:+.2f} s and {off.high:+.2f} s by {url}"
    if off.most <= limit:
        return Fine(f"clock within {off.most:.1f} s of {url}")
    evidence = (Evidence(place=url, text=f"its time less ours: {bounds}"),)
    if off.least > limit:
        return Finding(
            check=NAME, key="clock-off", severity="inhibitor", evidence=evidence,
            title=f"The clock is {abs(off.likely):,.1f} s {way}; {allowed} is allowed",
            remediation="Set it (chronyc makestep, timedatectl set-ntp true) before the window.",
        )  # fmt: skip
    return Finding(
        check=NAME, key="clock-not-told", severity="unknown", evidence=evidence,
        title=f"Whether the clock is within {allowed} could not be told: it is off {bounds}",
        remediation="Allow more, or compare with a server that answers faster.",
    )  # fmt: skip


def time_zone(target: Target[HostCheck], root: Path) -> Answers:
    """Whether the system has the zone that is asked for."""
    wanted = target.config.time_zone
    if wanted is None:
        return
    yield None
    try:
        zone = system_zone(root)
    except OSError as error:
        yield not_known("zone-unknown", f"/etc/localtime: {error.strerror}")
        return
    same, name = is_zone(root, zone, wanted), safe_line(zone.name, 80) or "another zone"
    if same is None:
        yield not_known("zone-unknown", f"{safe_line(wanted, 80)} is no zone that is known here")
    elif same:
        yield Fine(f"time zone {safe_line(wanted, 80)}")
    else:
        yield Finding(
            check=NAME, key="wrong-zone", severity="high",
            title=f"The system's time zone is {name}, not {safe_line(wanted, 80)}",
            evidence=(Evidence(place="/etc/localtime", text=safe_line(zone.source, SHOWN)),),
            remediation="Set it (timedatectl set-timezone), or write times of the runbook and of"
            " its jobs for the zone that is there.",
        )  # fmt: skip


def restart_pending(target: Target[HostCheck], root: Path) -> Answers:
    """Whether the machine, or services on it, wait for a restart."""
    if not target.config.restart_pending:
        return
    yield None
    found = False
    try:
        asked = restart.asked_for(root)
    except OSError as error:
        yield not_known("restart-unknown", f"/run/reboot-required: {error.strerror}")
        found, asked = True, None
    if asked is not None:
        found = True
        mark, names = asked
        of = f" for {safe_line(', '.join(names), SHOWN)}" if names else ""
        yield Finding(
            check=NAME, key="restart-pending", severity="warning",
            title=f"The machine waits for a restart{of}",
            evidence=(Evidence(place=mark, text=safe_line(", ".join(names), SHOWN)),),
            remediation="Restart it before the window: one less thing that changes within it.",
        )  # fmt: skip
    yield None
    try:
        newer = kernels.newer(root)
    except (OSError, BadVersionError) as error:
        yield not_known("restart-unknown", f"The running kernel is not known: {error}", "kernel")
        found, newer = True, None
    if newer is not None:
        found = True
        now, then = (safe_line(each, 80) for each in newer)
        yield Finding(
            check=NAME, key="newer-kernel", severity="warning",
            title=f"Kernel {now} runs, {then} is installed and starts next",
            evidence=(
                Evidence(place=_RELEASE, text=now),
                Evidence(place="/boot, /lib/modules", text=then),
            ),
            remediation="Restart it before the window, so that no restart within it brings a new"
            " kernel.",
        )  # fmt: skip
    stale: list[restart.Stale] = []
    hidden = 0
    try:
        for each in restart.stale(root):
            yield None
            if isinstance(each, restart.Stale):
                stale.append(each)
            elif each is not None:
                hidden = each
    except OSError as error:
        yield not_known("restart-unknown", f"/proc: {error.strerror}", "libraries")
        return
    if stale:
        found = True
        yield _stale(stale)
    if hidden:
        many = "process" if hidden == 1 else "processes"
        yield Finding(
            check=NAME, key="processes-not-seen", severity="info",
            title=f"{hidden} {many} could not be looked into for replaced libraries",
            remediation="Run it as root where that matters.",
        )  # fmt: skip
    if not found:
        yield Fine("no restart pending")


def _stale(stale: list[restart.Stale]) -> Finding:
    names = sorted({safe_line(each.name, 40) for each in stale})
    return Finding(
        check=NAME, key="replaced-libraries", severity="warning",
        title=f"{len(stale)} processes use libraries that were replaced: "
        + safe_line(", ".join(names), 80),
        evidence=tuple(
            Evidence(place=f"/proc/{each.pid}/maps", text=safe_line(f"{each.name}: {each.library}"))
            for each in stale[:_MOST_STALE]
        ),
        remediation="Restart these services before the window (needrestart -r l lists them).",
    )  # fmt: skip
