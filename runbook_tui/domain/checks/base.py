"""What every kind of check can carry."""

from __future__ import annotations

from runbook_tui.domain.runbook_model import Model
from runbook_tui.domain.units import Duration, Title


class CheckBase(Model, frozen=True, kw_only=True):
    """Base of every check. Texts may name parameters as ``{{name}}``; paths are relative to the
    runbook's folder.
    """

    title: Title | None = None
    """What people call it; the kind's own title where it is not given."""
    timeout: Duration = "2m"
    """The longest that it may run; what is not looked at by then is unknown."""
    valid_for: Duration = "24h"
    """How old its result may be when a gate is passed; older, it has to run again."""

    @property
    def kind(self) -> str:
        """The kind, as the runbook writes it."""
        return str(self.__struct_config__.tag)
