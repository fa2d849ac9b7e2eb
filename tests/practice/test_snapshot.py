"""Snapshots: what they bring back, what they lose, and what they leave behind."""

from __future__ import annotations

import pytest

from practice.driving import Operator, until
from runbook_tui.practice.lab import Lab


def test_a_snapshot_alone_leaves_the_flag_flipped_and_the_webhook_registered(
    operator: Operator,
) -> None:
    """The story: the rollback they never used would have left both behind."""
    operator.ctl("snapshot", "take", "before")
    operator.ctl("flag", "on", "order-events")
    operator.ctl("webhook", "register")
    count = operator.ctl("probe", "orders-count")
    until(lambda: operator.ctl("probe", "orders-count") != count, "orders are placed meanwhile")
    said = operator.ctl("snapshot", "restore", "before")
    assert "not covered by any snapshot" in said
    residue = operator.ctl("residue", "before")
    assert "flag order-events is on (was off)" in residue
    assert "/partner/events is there (was absent)" in residue
    assert residue.endswith("2 left outside snapshot before")
    log = operator.lab.layout.logs / "partner.log"
    until(lambda: "answered 404" in log.read_text(), "the partner goes on calling 4.2")
    operator.ctl("webhook", "delete", "events")
    operator.ctl("flag", "off", "order-events")
    assert operator.ctl("residue", "before") == "0 left outside snapshot before"


def test_restore_brings_configuration_and_releases_back_byte_for_byte(stopped_lab: Lab) -> None:
    operator = Operator(stopped_lab)
    stopped_lab.start()
    operator.ctl("stop", "client")

    def tree() -> dict[str, bytes | str]:
        return {
            str(f.relative_to(stopped_lab.root)): f.read_bytes() if f.is_file() else ""
            for folder in (stopped_lab.layout.etc, stopped_lab.layout.releases)
            for f in folder.rglob("*")
        }

    before, count = tree(), operator.ctl("probe", "orders-count")
    operator.ctl("snapshot", "take", "before")
    operator.ctl("chain", "install", "--sha256", stopped_lab.parameters["chain_sha256"])
    operator.ctl("package", "stage")
    operator.ctl("config", "convert")
    operator.ctl("migrate", "--to", "5.0", "--plan", "as-shipped")
    operator.ctl("release", "activate", "5.0")
    operator.ctl("smoke")
    assert "Only a snapshot goes back" in operator.refused("release", "activate", "4.2")
    said = operator.ctl("snapshot", "restore", "before")
    assert "1 orders placed since are gone" in said
    assert tree() == before
    assert operator.ctl("probe", "orders-count") == count
    assert operator.ctl("probe", "health") == "ok 4.2.0, schema 42, partner ok"


def test_a_snapshot_brings_back_a_database_that_is_broken(operator: Operator) -> None:
    operator.ctl("snapshot", "take", "before")
    operator.ctl("stop", "orders")
    operator.lab.layout.database.write_bytes(b"broken" * 1000)
    said = operator.ctl("snapshot", "restore", "before")
    assert "an unknown number of orders placed since are gone" in said
    assert operator.ctl("probe", "health").startswith("ok 4.2.0")


def test_a_damaged_snapshot_is_not_restored(operator: Operator) -> None:
    operator.ctl("snapshot", "take", "before")
    copy = operator.lab.layout.snapshots / "before" / "orders.db"
    copy.write_bytes(copy.read_bytes()[:-1])
    assert "differs from its checksum" in operator.refused("snapshot", "verify", "before")
    assert "Nothing was changed" in operator.refused("snapshot", "restore", "before")
    assert operator.lab.running == ("client", "orders", "partner")


@pytest.mark.parametrize("name", ["../etc", "Before", "", "a" * 41, "-rf"])
def test_names_that_are_no_names_are_refused(stopped_lab: Lab, name: str) -> None:
    done = Operator(stopped_lab).try_("snapshot", "delete", "--", name)
    assert done.returncode == 2
    assert stopped_lab.layout.config.is_file()


def test_a_snapshot_is_never_overwritten(stopped_lab: Lab) -> None:
    operator = Operator(stopped_lab)
    operator.ctl("snapshot", "take", "before")
    assert "There is a snapshot before already" in operator.refused("snapshot", "take", "before")
    assert operator.ctl("snapshot", "list").startswith("before")
    operator.ctl("snapshot", "delete", "before")
    assert operator.ctl("snapshot", "list") == "no snapshots"


def test_where_the_partner_cannot_be_asked_its_webhooks_are_unknown_not_absent(
    stopped_lab: Lab,
) -> None:
    operator = Operator(stopped_lab)
    operator.ctl("snapshot", "take", "before")
    stopped_lab.start()
    assert "webhooks at the partner: unknown" in operator.ctl("residue", "before")
