"""Names of units: their full form, what may stand for one, and those that are always there.

Sources: systemd.unit(5), systemd.special(7).
"""

from __future__ import annotations

import re

from runbook_tui.preflight.systemd.unit_files import SUFFIXES

LONGEST = 255
_NAME = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")
# What is filled in later: by a shell, a template language, systemd itself, a build.
_OPEN = re.compile(r"[$`]|\{\{|\}\}|<%|%[A-Za-z]|@[A-Z0-9_]{2,40}@|\{[\w.]{0,40}\}")
RUN_TIME = (".device", ".scope", ".slice", ".swap", ".mount", ".automount")
"""Kinds of units that mostly have no file: systemd makes them while the machine runs."""
_TARGETS = """
    basic bluetooth boot-complete cryptsetup cryptsetup-pre ctrl-alt-del default emergency
    exit factory-reset final first-boot-complete getty getty-pre graphical halt hibernate
    hybrid-sleep initrd initrd-fs initrd-root-device initrd-root-fs initrd-usr-fs
    integritysetup integritysetup-pre kbrequest kexec local-fs local-fs-pre machines
    multi-user network network-online network-pre nss-lookup nss-user-lookup paths poweroff
    printer reboot remote-cryptsetup remote-fs remote-fs-pre remote-veritysetup rescue rpcbind
    runlevel2 runlevel3 runlevel4 runlevel5 shutdown sigpwr sleep slices smartcard sockets
    soft-reboot sound suspend suspend-then-hibernate swap sysinit system-update
    system-update-pre time-set time-sync timers umount usb-gadget veritysetup veritysetup-pre
"""
SPECIAL = frozenset(f"{name}.target" for name in _TARGETS.split())
"""Targets that systemd itself brings, or that stand for what nobody has to bring."""


def full_name(text: str) -> str:
    """A name with its ending: systemctl(1) takes what has none for a service."""
    return text if text.endswith(SUFFIXES) else f"{text}.service"


def is_open(text: str) -> bool:
    """Whether something in a name is filled in later, so that it cannot be looked up."""
    return _OPEN.search(text[:LONGEST]) is not None


def is_pattern(text: str) -> bool:
    """Whether it is a shell pattern for several units."""
    return any(letter in text for letter in "*?[")


def is_name(text: str) -> bool:
    """Whether it can be the name of a unit."""
    return _NAME.fullmatch(text) is not None and any(letter.isalnum() for letter in text)
