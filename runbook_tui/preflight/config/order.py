"""The order of a product's versions, by its ecosystem's own rules (univers)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# A package's epoch and revision are the distribution's own; matrices speak of the product's.
_EPOCH = re.compile(r"^\d+:")
_CLASSES = {
    "alpine": "AlpineLinuxVersion",
    "arch": "ArchLinuxVersion",
    "composer": "ComposerVersion",
    "deb": "DebianVersion",
    "gem": "RubygemsVersion",
    "generic": "DebianVersion",
    "golang": "GolangVersion",
    "maven": "MavenVersion",
    "nginx": "NginxVersion",
    "npm": "SemverVersion",
    "nuget": "NugetVersion",
    "openssl": "OpensslVersion",
    "pypi": "PypiVersion",
    "rpm": "RpmVersion",
    "semver": "SemverVersion",
}


class BadVersionError(Exception):
    """A version, or an ecosystem, that is none; the message says which, in words."""


def order_of(ecosystem: str) -> Callable[[str], Any]:
    """What makes a version's text something to compare. Raises BadVersionError, as what it gives
    does. ``generic`` is Debian's order: numbers as numbers, the rest by its letters.
    """
    from univers import versions

    name = _CLASSES.get(ecosystem.lower())
    if name is None:
        known = ", ".join(sorted(_CLASSES))
        raise BadVersionError(f"{ecosystem}: no ecosystem that is known ({known})")
    kind = getattr(versions, name)

    def version(text: str) -> Any:
        bare = _EPOCH.sub("", text.strip())
        if not any(letter.isdigit() for letter in bare):
            raise BadVersionError(f"{text!r} is no version")
        try:
            return kind(bare)
        except Exception as error:  # what univers raises differs from ecosystem to ecosystem
            raise BadVersionError(f"{text!r} is no version of the kind {ecosystem}") from error

    return version
