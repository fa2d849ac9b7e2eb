"""The upgrade package: building it, and what an operator asks of it."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from runbook_tui.practice import releases
from runbook_tui.practice.layout import LabError, Layout

PREFIX = "dten-5.0/"
TEMPLATE = Path(__file__).parent / "template" / "package"
CERTIFICATES = Path(__file__).parent / "certificates"
MADE = (2026, 4, 30, 17, 2, 0)
EXECUTABLE, PLAIN = 0o755, 0o644


def build(path: Path, values: dict[str, str]) -> None:
    """Writes the package as the vendor made it, every trap in it."""
    files = {
        f.relative_to(TEMPLATE).as_posix(): fill(f.read_text(encoding="utf-8"), values).encode()
        for f in sorted(TEMPLATE.rglob("*"))
        if f.is_file()
    }
    for name, content in releases.program("orders_5_0").items():
        files[f"app/orders/{name}"] = content
    # The trap: only the old root, though the partner's new address needs the new one.
    files["certs/vendor-ca.pem"] = (CERTIFICATES / "vendor-root-g1.pem").read_bytes()
    listing = "".join(f"{len(files[name]):>7} {name}\n" for name in sorted(files))
    files["MANIFEST"] = listing.encode()
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files["SHA256SUMS"] = sums.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(PREFIX + name, MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = EXECUTABLE if name.endswith(".sh") else PLAIN
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, files[name])


def fill(text: str, values: dict[str, str]) -> str:
    """Puts values in the place of ``@NAME@``; a name without a value is an error of ours."""
    return re.sub(r"@([A-Z0-9_]+)@", lambda found: values[found[1]], text)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verify(layout: Layout) -> list[str]:
    """Compares the package with the ticket and with its own sums, both ways.

    Raises LabError with every difference.
    """
    files = _read(layout)
    ticket = (layout.inbox / "ticket.md").read_text(encoding="utf-8")
    wrong = []
    whole = digest(layout.package)
    if whole not in ticket:
        wrong.append(f"the archive's SHA-256 {whole} is not the one in the ticket")
    sums = (line.partition("  ") for line in files["SHA256SUMS"].decode().splitlines())
    listed = {name: wanted for wanted, _, name in sums}
    for name in sorted(listed.keys() | files.keys() - {"SHA256SUMS"}):
        if name not in files:
            wrong.append(f"{name}: listed in SHA256SUMS but not in the archive")
        elif name not in listed:
            wrong.append(f"{name}: in the archive but not in SHA256SUMS")
        elif hashlib.sha256(files[name]).hexdigest() != listed[name]:
            wrong.append(f"{name}: differs from its sum")
    if wrong:
        raise LabError("\n".join([*wrong, "Nothing was unpacked. Ask the vendor before going on."]))
    return [
        f"sha256 {whole}",
        f"{len(listed)} files match SHA256SUMS both ways, and the archive matches the ticket",
    ]


def names(layout: Layout) -> list[str]:
    """What is in the package, with sizes in bytes."""
    return [f"{len(content):>7} {name}" for name, content in sorted(_read(layout).items())]


def grep(layout: Layout, pattern: str) -> Iterator[str]:
    """Lines in the package that match, as ``file:line: text``. Raises LabError on a bad pattern."""
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise LabError(f"{pattern!r} is no regular expression: {error}.", 2) from None
    for name, content in sorted(_read(layout).items()):
        if name in ("SHA256SUMS", "MANIFEST"):
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            if wanted.search(line):
                yield f"{name}:{number}: {line.strip()}"


TAKEN = ("app/", "cron/", "migrations/", "scripts/push-export.sh")
"""What of the package is put into the working copy."""


def unpack(layout: Layout) -> list[str]:
    """Puts out the parts that are taken, where they can be mended. Raises LabError if the package
    does not verify, or a working copy is there already.
    """
    verify(layout)
    if layout.staging.exists():
        raise LabError("staging/ is there already. Nothing was changed. Look at it, or discard it.")
    files = {name: each for name, each in _read(layout).items() if name.startswith(TAKEN)}
    for name, content in files.items():
        target = layout.staging / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return [
        "left aside: certs/ (old root), systemd/ (renamed unit), config/, the installer",
        f"staging/: {len(files)} files of the package, to be mended there; nothing runs from it",
    ]


def discard(layout: Layout) -> str:
    """Takes back what `unpack` did."""
    if not layout.staging.exists():
        raise LabError("There is no staging/. Nothing was changed.")
    shutil.rmtree(layout.staging)
    return "staging/ is gone"


def stage(layout: Layout) -> list[str]:
    """Puts the new release beside the running one and its cron job where the installer would.

    What else the package brings is left aside. Raises LabError if it does not verify.
    """
    verify(layout)
    files = _read(layout)
    app = {
        PurePosixPath(name).name: content
        for name, content in files.items()
        if name.startswith("app/orders/")
    }
    releases.write_program(app, layout.releases / "5.0" / "orders")
    mended = layout.staging / "cron" / "orders-export"
    job = mended.read_bytes() if mended.is_file() else files["cron/orders-export"]
    (layout.cron / "orders-export").write_bytes(job)
    how = "as the package has it, due at 03:00"
    if job != files["cron/orders-export"]:
        how = "as it stands in the working copy"
    return [
        "left aside: certs/ (old root), systemd/ (renamed unit), scripts/, config/flags.json",
        f"etc/cron.d/orders-export: installed {how}",
        f"staged 5.0: {len(app)} files in srv/orders/5.0; {releases.current(layout)} runs on",
    ]


def unstage(layout: Layout) -> str:
    """Takes back what `stage` did. Raises LabError while 5.0 runs."""
    if releases.current(layout) == "5.0":
        raise LabError("5.0 is the active release. Nothing was removed. Go back to 4.2 first.")
    releases.write_program({}, layout.releases / "5.0")
    (layout.releases / "5.0").rmdir()
    (layout.cron / "orders-export").unlink(missing_ok=True)
    return "5.0 and its cron job are gone; 4.2 was not touched"


def new_config(layout: Layout) -> str:
    """The configuration file that the package brings."""
    return _read(layout)["config/orders.ini"].decode()


def readme(layout: Layout) -> str:
    """What the vendor says about it."""
    return _read(layout)["README.md"].decode()


def migrations(layout: Layout) -> Iterator[str]:
    """The statements of the package's migrations, in its order."""
    for name, content in sorted(_read(layout).items()):
        if name.startswith("migrations/"):
            statement = ""
            for line in content.decode().splitlines(keepends=True):
                statement += line
                if sqlite3.complete_statement(statement):
                    yield statement.strip()
                    statement = ""


def _read(layout: Layout) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(layout.package) as archive:
            return {
                entry.filename.removeprefix(PREFIX): archive.read(entry)
                for entry in archive.infolist()
                if not entry.is_dir()
            }
    except (OSError, zipfile.BadZipFile) as error:
        raise LabError(f"{layout.short(layout.package)} cannot be read: {error}.", 3) from None
