"""Gives a run its messages: the channels and the status feed of this user's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui.cli import logfile, wiring

if TYPE_CHECKING:
    from runbook_tui.adapters.config import Config
    from runbook_tui.messaging import Messaging
    from runbook_tui.session import Session

LAB = "lab.json"
"""What lies beside the log of a practice lab's runs."""


def messaging(session: Session) -> Messaging:
    """The messages of a session. Nothing is sent before its deliveries are started.

    Raises StopError (2) where the configuration cannot be used.
    """
    from runbook_tui.delivering import Delivering
    from runbook_tui.messaging import Messaging

    config = _config(session)
    carrier = publish = None
    if config.channels:
        from runbook_tui.adapters.channels.carrier import Channels
        from runbook_tui.adapters.channels.secret import secrets_of

        hidden = secrets_of(config.channels)
        logfile.never_write(hidden)
        session.hidden = {**session.hidden, **hidden}
        carrier = Channels(config.channels)
    if config.feed is not None:
        from runbook_tui.adapters.status_feed import StatusFeed

        feed = StatusFeed(Path(config.feed.folder), config.feed.title, config.feed.link)
        publish = feed.publish
    in_rehearsals = config.feed is not None and config.feed.rehearsal
    delivering = Delivering(session, carrier, publish, feed_in_rehearsals=in_rehearsals)
    return Messaging(session, delivering, config.warnings)


def _config(session: Session) -> Config:
    """This user's configuration; for a run of a practice lab the lab's own and nothing of the
    user's: no practice message may reach anybody."""
    folder: Path | None = getattr(session.log, "repository", None)
    if folder is None or not (folder.parent / LAB).is_file():
        return wiring.configuration()
    from runbook_tui.adapters.config import Config, ConfigError, read_config
    from runbook_tui.cli.exits import bad_input
    from runbook_tui.practice.lab import Lab
    from runbook_tui.practice.layout import LabError

    try:
        channels = Lab.open(folder.parent).channels
    except LabError:
        channels = None
    try:
        return Config() if channels is None else read_config(channels, {})
    except ConfigError as error:
        raise bad_input(str(error)) from None
