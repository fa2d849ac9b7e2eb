"""What every kind of system has in common.

A system is seen as objects by key: files by path, flags by name, webhooks by id. One config serves
three uses: the probe of an effect (with `only`, the objects that it is about), what puts them back,
and a survey, which compares all of it before and after a step.
"""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.domain.runbook_model import EffectKind, Model
from runbook_tui.domain.units import Duration


class SystemBase(Model, frozen=True, kw_only=True):
    """Base of every kind of system. Its text fields may name parameters; those that hold secrets
    name secret parameters (``token: "{{flag_token}}"``), which reach the probe by its environment
    and are never written down."""

    kind: ClassVar[EffectKind]
    """What a change of it is, on the ledger."""
    restores: ClassVar[bool] = True
    """Whether what stood before can be put back by the program itself."""
    has_secret: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold secrets: only a parameter of type secret may stand there."""

    only: tuple[str, ...] = ()
    """The objects it is about, by key; all of them where none is named."""
    ignore: tuple[str, ...] = ()
    """Objects that change by themselves, by key, `*` for any text."""
    timeout: Duration = "30s"

    @property
    def tag(self) -> str:
        """The kind of system, as the runbook writes it."""
        return str(self.__struct_config__.tag)
