"""Flags of LaunchDarkly: what a step did in an environment is undone, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runbook_tui.domain.systems import asking
from runbook_tui.domain.systems.launchdarkly import LaunchDarkly
from runbook_tui.domain.systems.seen import changes
from tests.adapters.channels.servers import Server

from .conftest import Child, Said
from .launchdarkly_server import LaunchDarkly as Site

Serve = Callable[..., Server]


def config(server: Server, *only: str, **more: Any) -> LaunchDarkly:
    given = {"project": "shop", "environment": "production", "token": Site.token, **more}
    return LaunchDarkly(url=server.url, only=only, **given)


def told(said: Said) -> str:
    """Everything that is said; neither the token nor a key of an SDK is in it."""
    assert not any(each in said.out + said.err for each in (Site.token, "sdk-not-for-the-log"))
    return said.out + said.err


def rule(*values: str, **more: Any) -> dict[str, Any]:
    clause = {"_id": f"c-{values[0]}", "attribute": "country", "op": "in", "values": list(values)}
    return {"_id": f"r-{values[0]}", "variation": 0, "clauses": [clause], **more}


def test_targeting_comes_back_and_keeps_what_was_not_touched(serve: Serve, child: Child) -> None:
    site = Site()
    flag = site.new("checkout")
    here = flag["environments"]["production"]
    here["rules"] = [rule("de"), rule("fr"), rule("it")]
    before = child.look(given := config(serve(site), "checkout"))
    assert before.lines == {"checkout": "off in production, serves false, 3 rules"}

    here.update(on=True, fallthrough={"rollout": {"variations": []}}, prerequisites=[{"key": "x"}])
    here["rules"] = [rule("de"), rule("es"), rule("pt"), rule("it")]
    flag.update(description="new", tags=["beta"], variations=[*flag["variations"], {"value": 3}])
    flag["environments"]["test"]["on"] = True
    ours = child.look(given)
    assert ours.lines == {
        "checkout": 'on in production, serves "by a rollout", 4 rules, 1 prerequisite'
    }
    said = child.restore(given, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert child.look(given) == before
    after = site.flags["checkout"]
    rules = after["environments"]["production"]["rules"]
    assert [each["_id"] for each in rules][::2] == ["r-de", "r-it"]
    assert after["environments"]["test"]["on"] is True, "another environment"
    assert {"op": "test", "path": "/environments/production/on", "value": True} in site.patches[0]
    assert child.restore(given, before, ours).code == asking.RESTORED
    assert len(site.patches) == 1, "once more: nothing to do"


def test_flags_that_were_made_archived_and_deleted(serve: Serve, child: Child) -> None:
    site = Site()
    site.new("old")
    site.new("gone")
    before = child.look(given := config(serve(site)))
    site.flags["old"]["archived"] = True
    del site.flags["gone"]
    site.new("new")
    ours = child.look(given)
    assert ours.lines["old"] == "archived"

    said = child.restore(given, before, ours)

    assert said.code == asking.FAILED
    assert "deleted new: it was not there before" in told(said)
    assert "not put back: gone: it is deleted, with what it was in environments" in told(said)
    assert list(site.flags) == ["old"]
    assert child.look(given).objects["old"] == before.objects["old"]


def test_a_survey_reads_every_page_and_archived_and_deprecated_flags(
    serve: Serve, child: Child
) -> None:
    site = Site(most=2)
    for number in range(5):
        site.new(f"flag-{number}")
    site.new("archived", archived=True)
    site.new("deprecated", deprecated=True)
    before = child.look(given := config(serve(site)))
    assert len(before.objects) == 7
    site.flags["flag-4"]["environments"]["production"]["rules"] = [rule("de")]
    (change,) = changes(before, child.look(given))
    assert change.now == "off in production, serves false, 1 rule"


def test_what_somebody_else_changed_since_is_left(serve: Serve, child: Child) -> None:
    site = Site()
    here = site.new("checkout")["environments"]["production"]
    before = child.look(given := config(serve(site), "checkout"))
    here["on"] = True
    ours = child.look(given)
    here["rules"] = [rule("de")]
    said = child.restore(given, before, ours)
    assert said.code == asking.FOREIGN
    assert told(said).startswith("left checkout: somebody else has changed it since: on in")
    assert site.patches == []


def test_who_is_quicker_is_not_overwritten(serve: Serve, child: Child) -> None:
    """Between the last look and the patch: the patch has its own test."""
    site = Site()
    site.new("checkout")["environments"]["production"]["offVariation"] = 0
    before = child.look(given := config(serve(site), "checkout"))
    here = site.flags["checkout"]["environments"]["production"]
    here["offVariation"] = 1
    ours = child.look(given)
    site.between = lambda: here.update(offVariation=0, on=True)
    said = child.restore(given, before, ours)
    assert said.code == asking.FAILED
    assert "not put back: checkout: it refuses this (409): test of /environments" in told(said)
    assert here["on"] is True


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"token": "api-wrong-0123456789"}, "the token is refused (401): Invalid access token"),
        ({"project": "nope"}, "it has no such project or environment, or the token may not see it"),
        ({"environment": "prod"}, "it has no such project or environment"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_why_it_cannot_be_asked(
    serve: Serve, child: Child, more: dict[str, str], words: str
) -> None:
    refused = child.refused(config(serve(Site()), **more))
    assert refused.startswith(words)
    assert more.get("token", Site.token) not in refused
