"""Whether there is room: space, inodes and memory as asked for, and for a package unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.findings import Evidence, Finding
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.machine.answers import NAME, SHOWN, Answers, Fine, not_known
from runbook_tui.preflight.machine.sizes import need, shown
from runbook_tui.preflight.machine.space import Volume, memory, volume
from runbook_tui.preflight.package.members import BadPackageError, Package
from runbook_tui.preflight.target import Target

_FREE = "Free space there, or give it more; what is deleted but still open frees nothing."


def space(target: Target[HostCheck], _root: Path) -> Answers:
    """Space and inodes of each path that is asked about."""
    for text, wanted in target.config.space.items():
        yield None
        name = safe_line(text, SHOWN)
        try:
            asked, there = need(wanted), volume(target.path(text))
        except ValueError as error:
            yield not_known("space-unknown", str(error), name)
            continue
        except OSError as error:
            yield not_known("space-unknown", f"{name}: {error.strerror}", name)
            continue
        yield from _writable(name, there)
        if asked.of(there.usable) > there.available:
            percent = 100 * there.available / max(there.usable, 1)
            yield Finding(
                check=NAME, key="space-short", severity="inhibitor", subject=name,
                title=f"{name} has {shown(there.available)} free ({percent:.0f} %);"
                f" {asked.text} has to be",
                evidence=(_said(there),), remediation=_FREE,
            )  # fmt: skip
        else:
            yield Fine(f"{shown(there.available)} free at {name}")
    for text, count in target.config.inodes.items():
        yield None
        name = safe_line(text, SHOWN)
        try:
            there = volume(target.path(text))
        except OSError as error:
            yield not_known("inodes-unknown", f"{name}: {error.strerror}", name)
            continue
        if there.inodes is not None and there.inodes < count:
            yield Finding(
                check=NAME, key="inodes-short", severity="inhibitor", subject=name,
                title=f"{name} has room for {there.inodes:,} more files; {count:,} have to fit",
                evidence=(_said(there),),
                remediation="Delete many small files there (sessions, caches, old mail).",
            )  # fmt: skip
        else:
            many = "any number of" if there.inodes is None else f"{there.inodes:,}"
            yield Fine(f"{many} more files fit at {name}")


def _writable(name: str, there: Volume) -> Iterator[Finding]:
    if there.read_only:
        yield Finding(
            check=NAME, key="read-only", severity="inhibitor", subject=name,
            title=f"{name} is on a file system that is mounted read-only",
            evidence=(_said(there),),
            remediation="Find out why (errors do that: see dmesg), and remount it.",
        )  # fmt: skip


def _said(there: Volume) -> Evidence:
    inodes = "not counted" if there.inodes is None else f"{there.inodes:,}"
    words = f"{there.available} of {there.usable} bytes available, inodes available: {inodes}"
    return Evidence(place=safe_line(str(there.looked_at), SHOWN), text=words)


def memory_available(target: Target[HostCheck], root: Path) -> Answers:
    """Memory that is available, by the kernel's own estimate."""
    if target.config.memory is None:
        return
    yield None
    try:
        asked = need(target.config.memory)
        available, whole = memory(root)
    except ValueError as error:
        yield not_known("memory-unknown", str(error))
        return
    except OSError as error:
        yield not_known("memory-unknown", f"/proc/meminfo: {error.strerror}")
        return
    if asked.of(whole) > available:
        yield Finding(
            check=NAME, key="memory-short", severity="inhibitor",
            title=f"{shown(available)} of memory available; {asked.text} has to be",
            evidence=(
                Evidence(
                    place="/proc/meminfo",
                    text=f"MemAvailable {available // 1024} kB of MemTotal {whole // 1024} kB",
                ),
            ),
            remediation="Stop what is not needed in the window, or give the machine more memory.",
        )  # fmt: skip
    else:
        yield Fine(f"{shown(available)} of memory available")


def package_fits(target: Target[HostCheck], _root: Path) -> Answers:
    """Whether a package fits unpacked, its size and number of files times the factor."""
    from runbook_tui.preflight.package.opening import open_package

    config = target.config
    if config.package is None:
        return
    yield None
    name, where = safe_line(config.package, SHOWN), safe_line(config.package_to, SHOWN)

    def progress(members: int, read: int) -> None:
        target.tell(f"{members:,} files, {shown(read)}")

    try:
        package = open_package(target.path(config.package), progress)
        there = volume(target.path(config.package_to))
    except BadPackageError as error:
        yield not_known("package-unknown", f"{name}: {error}", name)
        return
    except OSError as error:
        yield not_known("package-unknown", f"{name}: {error.strerror}", name)
        return
    # What lies in archives within it is not counted, so it does not have to be readable.
    harmless = () if package.format == "deb" else ("too-deep", "not-readable")
    missed = [remark for remark in package.remarks if remark.key not in harmless]
    if missed:
        first = missed[0]
        words = f"{name}: not all of it could be read: {first.path or 'it'} {first.text}"
        yield not_known("package-unknown", words, name)
        return
    yield from _writable(where, there)
    files, size = unpacked(package, there.block)
    bytes_, inodes = int(size * config.package_factor), int(files * config.package_factor)
    evidence = (
        Evidence(
            place=name,
            text=f"{files:,} files, {size} bytes unpacked, times {config.package_factor:g}",
        ),
        _said(there),
    )
    if bytes_ > there.available:
        yield Finding(
            check=NAME, key="package-space-short", severity="inhibitor", subject=where,
            title=f"{name} needs {shown(bytes_)} at {where}; {shown(there.available)} are free",
            evidence=evidence, remediation=_FREE,
        )  # fmt: skip
    elif there.inodes is not None and inodes > there.inodes:
        yield Finding(
            check=NAME, key="package-inodes-short", severity="inhibitor", subject=where,
            title=f"{name} makes {inodes:,} files at {where}; {there.inodes:,} more fit",
            evidence=evidence, remediation="Delete many small files there.",
        )  # fmt: skip
    else:
        yield Fine(f"{name} needs {shown(bytes_)} of {shown(there.available)} at {where}")


def unpacked(package: Package, block: int) -> tuple[int, int]:
    """Files, folders and links of a package once it is unpacked, and their bytes in whole blocks.

    Archives within it stay packed, but for a deb, whose files lie in its ``data.tar``.
    """
    inner = tuple(f"{path}!" for path in package.nested)
    data = tuple(each for each in inner if each.startswith("data.tar") and each.count("!") == 1)
    if package.format == "deb" and data:
        deeper = tuple(each for each in inner if each.startswith(data) and each not in data)
        members = [
            each
            for each in package.members
            if each.path.startswith(data) and not each.path.startswith(deeper)
        ]
    else:
        members = [each for each in package.members if not each.path.startswith(inner)]
    sizes = (-(-each.size // block) * block for each in members if each.kind == "file")
    return len(members), sum(sizes)
