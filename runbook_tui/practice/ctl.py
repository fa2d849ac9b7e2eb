"""`labctl`: what an operator would do in the lab, each command with one clear line at its end.

Exit status: 0 fine, 1 the answer is no, 2 bad usage, 3 an outside thing failed, 5 no such unit
(as systemctl says it), 75 a lock could not be had.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from runbook_tui.practice import (
    configuration,
    cron,
    flags,
    messages,
    migration,
    package,
    partner_api,
    probe,
    releases,
    snapshot,
    supervisor,
    telemetry,
)
from runbook_tui.practice.layout import OUTSIDE, LabError, Layout
from runbook_tui.practice.software.partner.trouble import TEMPERS

INACTIVE = 3

Answer = str | Iterable[str]
Work = Callable[[Layout, argparse.Namespace], Answer]


def say(line: str) -> None:
    """One line on standard output, at once, with nothing in it that a terminal would obey."""
    clean = "".join(
        c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line
    )
    sys.stdout.write(clean + "\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    """Runs one command; the exit status."""
    arguments = _parser().parse_args(argv)
    layout = Layout(Path(arguments.lab).absolute())
    try:
        layout.read_manifest()
        answer = arguments.work(layout, arguments)
        for line in [answer] if isinstance(answer, str) else answer:
            say(line)
    except LabError as error:
        sys.stderr.write(f"{error}\n" if str(error) else "")
        return error.code
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"labctl {arguments.command}: {error}. See labctl status and logs/.\n")
        return OUTSIDE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="labctl", description="Works on the practice lab.")
    parser.add_argument("--lab", required=True, help=argparse.SUPPRESS)
    groups = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _units(groups)
    _package(groups)
    _service(groups)
    _outside(groups)
    _messages(groups)
    _watching(groups)
    return parser


Groups: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(
    groups: Groups,
    name: str,
    text: str,
    work: Work,
) -> argparse.ArgumentParser:
    parser = groups.add_parser(name, help=text, description=text)
    parser.set_defaults(work=work)
    return parser


def _family(groups: Groups, name: str, text: str) -> Groups:
    parser = groups.add_parser(name, help=text, description=text)
    return parser.add_subparsers(dest="verb", metavar="VERB", required=True)


def _units(groups: Groups) -> None:
    def chosen(layout: Layout, arguments: argparse.Namespace) -> list[str]:
        return [arguments.unit] if arguments.unit else supervisor.names(layout)

    def restart(layout: Layout, arguments: argparse.Namespace) -> Answer:
        supervisor.read(layout, arguments.unit, "restart")
        return [
            *supervisor.stop(layout, [arguments.unit]),
            *supervisor.start(layout, [arguments.unit]),
        ]

    def is_active(layout: Layout, arguments: argparse.Namespace) -> Answer:
        if not supervisor.is_active(layout, arguments.unit):
            say("inactive")
            raise LabError("", INACTIVE)
        return "active"

    for name, text, work in (
        ("start", "start a unit", lambda x, a: supervisor.start(x, chosen(x, a))),
        ("stop", "stop a unit", lambda x, a: supervisor.stop(x, chosen(x, a))),
        ("restart", "stop and start a unit", restart),
        ("is-active", "whether a unit runs", is_active),
    ):
        parser = _command(groups, name, text, work)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("unit", nargs="?", metavar="UNIT", help="such as orders")
        if name in ("start", "stop"):
            which.add_argument("--all", action="store_true", help="every unit, in its order")
    _command(groups, "status", "every unit", lambda x, _: supervisor.status(x))


def _package(groups: Groups) -> None:
    family = _family(groups, "package", "the upgrade package")
    _command(family, "verify", "sums, both ways", lambda x, _: package.verify(x))
    _command(family, "list", "what is in it", lambda x, _: package.names(x))
    grep = _command(family, "grep", "search it", lambda x, a: package.grep(x, a.pattern))
    grep.add_argument("pattern", help="a regular expression")
    _command(family, "unpack", "put out what is taken", lambda x, _: package.unpack(x))
    _command(family, "discard", "take that back", lambda x, _: package.discard(x))
    _command(family, "stage", "put 5.0 beside the running one", lambda x, _: package.stage(x))
    _command(family, "unstage", "take that back", lambda x, _: package.unstage(x))


def _service(groups: Groups) -> None:
    def migrate(layout: Layout, arguments: argparse.Namespace) -> Answer:
        migration.migrate(layout, arguments.to, arguments.plan, arguments.lock_timeout, say)
        return ()

    def rehearse(layout: Layout, _: argparse.Namespace) -> Answer:
        migration.rehearse(layout, say)
        return ()

    def writers(layout: Layout, arguments: argparse.Namespace) -> Answer:
        mark = layout.read_only
        if arguments.verb == "stop":
            mark.touch()
            return "writers stopped: orders are read, new ones are answered 503"
        mark.unlink(missing_ok=True)
        return "writers go on"

    family = _family(groups, "config", "the service's configuration")
    check = _command(family, "check", "keys", lambda x, a: configuration.check(x, a.to))
    check.add_argument("--to", choices=("4.2", "5.0"), default="5.0")
    convert = _command(family, "convert", "write 5.0's", lambda x, _: configuration.convert(x))
    convert.add_argument("--to", choices=("5.0",), default="5.0")
    _command(family, "discard", "take that back", lambda x, _: configuration.discard(x))

    family = _family(groups, "snapshot", "snapshots of database, etc/ and srv/orders")
    for name, text, work in (
        ("take", "take one", lambda x, a: snapshot.take(x, a.name)),
        ("verify", "read one back", lambda x, a: snapshot.verify(x, a.name)),
        ("restore", "go back to one", lambda x, a: snapshot.restore(x, a.name)),
        ("delete", "remove one", lambda x, a: snapshot.delete(x, a.name)),
    ):
        _command(family, name, text, work).add_argument("name", metavar="NAME")
    _command(family, "list", "all of them", lambda x, _: snapshot.every(x))
    residue = _command(
        groups,
        "residue",
        "what stands otherwise and no snapshot brings back",
        lambda x, a: snapshot.residue(x, a.name),
    )
    residue.add_argument("name", metavar="SNAPSHOT")

    parser = _command(groups, "migrate", "go to another schema", migrate)
    parser.add_argument("--to", choices=("4.2", "5.0"), required=True)
    parser.add_argument("--lock-timeout", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument(
        "--plan",
        choices=("online", "offline", "as-shipped"),
        default="online",
        help="in batches while orders go on (default), the package's SQL in one transaction, "
        "or the package's SQL as it came, without any lock",
    )
    _command(groups, "rehearse", "migrate a copy of the database", rehearse)

    family = _family(groups, "writers", "whether new orders are taken")
    _command(family, "stop", "take no new orders", writers)
    _command(family, "start", "take them again", writers)

    family = _family(groups, "release", "the installed releases")
    _command(family, "current", "which is active", lambda x, _: releases.current(x))
    activate = _command(
        family, "activate", "make one active and restart", lambda x, a: releases.activate(x, a.to)
    )
    activate.add_argument("to", metavar="VERSION")

    family = _family(groups, "backoff", "how the partner is asked again")
    _command(family, "show", "what is in use", lambda x, _: configuration.backoff(x))
    tune = _command(
        family, "tune", "set it, behind a flag", lambda x, a: configuration.tune_backoff(x, a.ms)
    )
    tune.add_argument("--ms", required=True, metavar="MS,MS,…")
    _command(family, "reset", "take that back", lambda x, _: configuration.untune_backoff(x))


def _outside(groups: Groups) -> None:
    family = _family(groups, "cron", "scheduled jobs")
    _command(family, "list", "all of them", lambda x, _: cron.every(x))
    disable = _command(family, "disable", "comment one out", lambda x, a: cron.disable(x, a.name))
    disable.add_argument("name")
    enable = _command(family, "enable", "take that back", lambda x, a: cron.enable(x, a.name))
    enable.add_argument("name")

    family = _family(groups, "chain", "the partner's certificate chain")
    _command(family, "verify", "is it trusted?", lambda x, _: partner_api.chain_verify(x))
    install = _command(
        family,
        "install",
        "trust the vendor's new chain",
        lambda x, a: partner_api.chain_install(x, Path(a.file or x.chain), a.sha256),
    )
    install.add_argument("file", nargs="?", help="the one in inbox/ if not given")
    install.add_argument("--sha256", required=True, help="as read out by the vendor")
    _command(family, "remove", "take that back", lambda x, _: partner_api.chain_remove(x))

    family = _family(groups, "flag", "feature flags")
    for variant in ("on", "off"):
        put = _command(
            family, variant, f"switch a flag {variant}", lambda x, a: flags.put(x, a.name, a.verb)
        )
        put.add_argument("name")

    family = _family(
        groups, "webhook", "registrations at the partner; PARTNER_TOKEN in the environment"
    )
    _command(family, "register", "have events sent to us", lambda x, _: partner_api.register(x))
    delete = _command(
        family, "delete", "remove one", lambda x, a: partner_api.unregister(x, a.which)
    )
    delete.add_argument("which", help="an id, or `events` for ours")


def _messages(groups: Groups) -> None:
    parser = _command(
        groups,
        "messages",
        "what was sent to the partner, and arrived",
        lambda x, a: messages.listing(x, as_json=a.json, follow=a.follow),
    )
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument(
        "--follow",
        type=float,
        nargs="?",
        const=float("inf"),
        metavar="SECONDS",
        help="also what arrives from now on; without SECONDS until it is interrupted",
    )
    family = parser.add_subparsers(dest="verb", metavar="VERB")
    wait = _command(
        family, "wait", "for the n-th", lambda x, a: messages.wait(x, a.number, a.timeout)
    )
    wait.add_argument("number", type=int, metavar="N")
    wait.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS")
    temper = _command(
        family, "temper", "how the partner answers", lambda x, a: messages.temper(x, a.word)
    )
    told = "; ".join(f"{word}: {what}" for word, what in TEMPERS.items())
    temper.add_argument("word", nargs="?", choices=tuple(TEMPERS), help=told)


def _watching(groups: Groups) -> None:
    _command(groups, "inventory", "what runs, and the way to 5.0", lambda x, _: probe.inventory(x))
    _command(groups, "smoke", "place an order, read it back", lambda x, _: probe.smoke(x))

    family = _family(groups, "probe", "one read-only question")
    _command(family, "version", "of the service", lambda x, _: probe.version(x))
    _command(family, "health", "of the service", lambda x, _: probe.health(x))
    _command(family, "schema", "of the database", lambda x, _: probe.schema(x))
    _command(family, "orders-count", "in the database", lambda x, _: probe.orders_count(x))
    _command(family, "lost-orders", "promised but missing", lambda x, _: probe.lost_orders(x))
    _command(family, "writers", "whether new orders are taken", lambda x, _: probe.writers(x))
    _command(family, "figure", "the vendor's, and ours", lambda x, _: probe.figure(x))
    _command(family, "releases", "installed, active", lambda x, _: probe.staged(x))
    _command(family, "webhooks", "at the partner", lambda x, _: probe.webhooks(x))
    _command(family, "webhook", "ours at the partner", lambda x, _: probe.webhook(x))
    flag = _command(family, "flag", "a flag", lambda x, a: probe.flag(x, a.name))
    flag.add_argument("name")
    job = _command(family, "job", "a scheduled job", lambda x, a: probe.job(x, a.name))
    job.add_argument("name")

    family = _family(groups, "load", "what the client sees")
    for name, text, seconds, work in (
        ("status", "rate, errors, latency", 10.0, lambda x, a: telemetry.status(x, a.seconds)),
        ("steady", "no errors lately?", 5.0, lambda x, a: telemetry.steady(x, a.seconds)),
        ("blip", "when requests failed", 600.0, lambda x, a: telemetry.blip(x, a.seconds)),
    ):
        parser = _command(family, name, text, work)
        parser.add_argument("--seconds", type=float, default=seconds)
    _command(
        family, "compare", "before and since the activation", lambda x, _: telemetry.compare(x)
    )


if __name__ == "__main__":
    sys.exit(main())
