"""Feature flags in files: in a git work tree, and in the JSON that flagd reads."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind
from runbook_tui.domain.systems.base import SystemBase


class GitFlags(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="git-flags"):
    """Flags kept in files of a git work tree: YAML, JSON, TOML, INI, `NAME=value`, or code.

    Keys are `file: name`, the name with its sections and list positions (`checkout.new`). A flag
    is its value in the work tree, its value in HEAD and the branch. It is put back in the work
    tree alone, and that is then to be committed: until it is, it does not stand as before.
    """

    kind: ClassVar[EffectKind] = "flag"

    repository: str
    """The work tree, or a folder in it; relative to the runbook's folder or absolute."""
    files: tuple[str, ...]
    """Files with flags, relative to `repository`. Their format goes by their names' end."""
    names: tuple[str, ...] = ()
    """Settings that are flags, by name, `*` for any text (`features.*`); all where none is."""
    pattern: str = ""
    """For code: a regular expression with the groups `name` and `value`, matched in every line of
    256 characters at most."""


class Flagd(SystemBase, frozen=True, kw_only=True, tag_field="system", tag="flagd"):
    """Flags in a JSON file that flagd, or an OpenFeature provider, reads. Keys are the flags'.

    A flag is all that stands under its key: state, default variant, variants, targeting, metadata.
    Shared rules are `$evaluators`, metadata of all is `$metadata`. Put back is one flag at a time,
    every other byte of the file stays. Flags as a list, and YAML, are not read.
    """

    kind: ClassVar[EffectKind] = "flag"

    file: str
    """The JSON file, relative to the runbook's folder or absolute. Behind a link, the file that it
    leads to is replaced."""
