"""Flags and webhooks of a real Unleash: what a step did there is undone, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from runbook_tui.domain.systems import asking
from runbook_tui.domain.systems.seen import changes
from runbook_tui.domain.systems.unleash import Unleash, UnleashWebhooks

from .conftest import Child, Said
from .unleash_server import TOKEN, running
from .unleash_server import Unleash as Server

PROJECT = "/projects/default/features"
ROLLOUT = {
    "name": "flexibleRollout",
    "title": "a few first",
    "sortOrder": 3,
    "parameters": {"rollout": "10", "stickiness": "default", "groupId": "few"},
    "constraints": [{"contextName": "userId", "operator": "IN", "values": ["anna", "bob"]}],
    "variants": [
        {"name": "blue", "weight": 1000, "weightType": "variable", "stickiness": "default"}
    ],
}


@pytest.fixture(scope="session")
def unleash() -> Iterator[Server]:
    with running() as server:
        yield server


def flags(unleash: Server, *only: str, **more: Any) -> Unleash:
    return Unleash(url=unleash.url, token=TOKEN, only=only, **more)


def webhooks(unleash: Server, *described: str, **more: Any) -> UnleashWebhooks:
    return UnleashWebhooks(url=unleash.url, token=TOKEN, described=described, **more)


def told(said: Said) -> str:
    """Everything that is said; the token is in none of it."""
    assert TOKEN not in said.out + said.err
    return said.out + said.err


def test_switching_a_flag_on_is_undone_with_the_strategy_that_it_added(
    unleash: Server, child: Child
) -> None:
    path = unleash.flag("checkout")
    before = child.look(config := flags(unleash, "checkout"))
    assert before.lines == {"checkout": "off in development; off in production"}

    unleash("POST", f"{path}/environments/production/on")
    ours = child.look(config)
    assert ours.lines == {
        "checkout": "off in development; on in production (flexibleRollout 100 %)"
    }
    said = child.restore(config, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert told(said) == "put back checkout: off in development; off in production\n"
    assert child.look(config) == before
    production = unleash("GET", path)["environments"][1]
    assert (production["enabled"], production["strategies"]) == (False, [])
    assert child.restore(config, before, ours).code == asking.RESTORED, "once more: nothing to do"


def test_strategies_come_back_whole(unleash: Server, child: Child) -> None:
    segment = unleash("POST", "/segments", {"name": "eu", "constraints": []})["id"]
    path = unleash.flag("pricing", description="Prices", type="experiment")
    strategies = f"{path}/environments/production/strategies"
    first = unleash("POST", strategies, {**ROLLOUT, "segments": [segment]})["id"]
    unleash("POST", strategies, {"name": "default", "disabled": True, "sortOrder": 1})
    unleash("POST", f"{path}/environments/production/on")
    before = child.look(config := flags(unleash, "pricing", environments=("production",)))
    assert before.lines == {"pricing": "on in production with 2 strategies"}

    unleash("PUT", f"{strategies}/{first}", {**ROLLOUT, "title": "", "constraints": []})
    unleash("POST", strategies, {"name": "default"})
    unleash("POST", f"{path}/environments/production/off")
    changed = {"description": "new", "type": "release", "stale": True, "impressionData": True}
    unleash("PUT", path, changed)
    unleash("POST", f"{path}/environments/development/on")
    ours = child.look(config)
    said = child.restore(config, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert child.look(config) == before
    back = unleash("GET", path)
    assert back["environments"][0]["enabled"] is True, "in an environment that is not named"
    assert (back["description"], back["stale"]) == ("Prices", False)


def test_flags_made_archived_and_deleted_by_a_step(unleash: Server, child: Child) -> None:
    for name in ("old-search", "old-cart", "retired"):
        path = unleash.flag(name)
        unleash("POST", f"{path}/environments/production/on")
    unleash("DELETE", f"{PROJECT}/retired")
    names = ("old-search", "old-cart", "retired", "new-search", "new-search-ranking")
    before = child.look(config := flags(unleash, *names))
    assert before.lines["retired"] == "archived"

    unleash("DELETE", f"{PROJECT}/old-search")
    unleash("DELETE", f"{PROJECT}/old-cart")
    unleash("DELETE", "/archive/old-cart")
    unleash("POST", "/archive/revive/retired")
    unleash("PUT", f"{PROJECT}/retired", {"type": "release", "stale": True})
    unleash.flag("new-search")
    unleash("POST", f"{unleash.flag('new-search-ranking')}/dependencies", {"feature": "new-search"})
    ours = child.look(config)
    assert {each.key for each in changes(before, ours)} == set(names)
    said = child.restore(config, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert "deleted new-search: it was not there before" in told(said)
    assert child.look(config) == before


def test_dependencies_come_back(unleash: Server, child: Child) -> None:
    unleash.flag("parent")
    child_path = unleash.flag("child")
    unleash("POST", f"{child_path}/dependencies", {"feature": "parent", "enabled": False})
    before = child.look(config := flags(unleash, "parent", "child"))
    for name in ("child", "parent"):
        unleash("DELETE", f"{PROJECT}/{name}")
        unleash("DELETE", f"/archive/{name}")
    ours = child.look(config)

    said = child.restore(config, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert child.look(config) == before


def test_what_somebody_else_changed_since_is_left(unleash: Server, child: Child) -> None:
    mine, theirs = unleash.flag("mine"), unleash.flag("theirs")
    before = child.look(config := flags(unleash, "mine", "theirs"))
    unleash("POST", f"{mine}/environments/production/on")
    unleash("POST", f"{theirs}/environments/production/on")
    ours = child.look(config)
    unleash("POST", f"{theirs}/environments/development/on")

    said = child.restore(config, before, ours)

    assert said.code == asking.FOREIGN, told(said)
    assert "left theirs: somebody else has changed it since: on in development" in told(said)
    environments = unleash("GET", theirs)["environments"]
    assert [each["enabled"] for each in environments] == [True, True]
    assert not unleash("GET", mine)["environments"][1]["enabled"]


def test_a_survey_sees_every_flag_of_the_project(unleash: Server, child: Child) -> None:
    path = unleash.flag("surveyed")
    before = child.look(config := flags(unleash))
    assert child.look(config) == before
    unleash("POST", f"{path}/environments/development/on")
    unleash.flag("by-surprise")

    found = changes(before, child.look(config))

    assert [(each.key, each.was) for each in found] == [
        ("by-surprise", ""),
        ("surveyed", "off in development; off in production"),
    ]


def test_a_deleted_flag_is_not_made_anew_where_only_a_part_of_it_was_seen(
    unleash: Server, child: Child
) -> None:
    unleash.flag("partly")
    before = child.look(config := flags(unleash, "partly", environments=("production",)))
    unleash("DELETE", f"{PROJECT}/partly")
    unleash("DELETE", "/archive/partly")
    said = child.restore(config, before, child.look(config))
    assert said.code == asking.FAILED
    assert "not put back: partly: it is deleted, with what it was in environments" in told(said)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token": "*:*.wrong-0123456789"}, "the token is refused (401): You must log in"),
        ({"project": "nope"}, "it has no project 'nope'"),
        ({"environments": ("prod",)}, "the project has no environment 'prod'"),
        ({"url": "http://127.0.0.1:9"}, "no connection: refused"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_why_it_cannot_be_asked(
    unleash: Server, child: Child, given: dict[str, Any], words: str
) -> None:
    """Of a project that does not exist Unleash itself says that it has no flags."""
    said = child.refused(Unleash(**{"url": unleash.url, "token": TOKEN, **given}))
    assert said.startswith(words)
    assert str(given.get("token", TOKEN)) not in said


def hook(description: str, **settings: Any) -> dict[str, Any]:
    return {
        "provider": "webhook",
        "description": description,
        "enabled": True,
        "parameters": {"url": "https://partner.example/hooks/1", "authorization": "Bearer abcd1"},
        "events": ["feature-created"],
        **settings,
    }


def test_a_webhook_that_a_step_registered_is_unregistered(unleash: Server, child: Child) -> None:
    before = child.look(config := webhooks(unleash, "partner"))
    number = unleash("POST", "/addons", hook("partner"))["id"]
    unleash("POST", "/addons", hook("somebody else's"))
    ours = child.look(config)
    assert ours.lines == {str(number): "webhook 'partner': feature-created"}

    said = child.restore(config, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert unleash.status(f"/addons/{number}") == 404
    assert [each["description"] for each in unleash("GET", "/addons")["addons"]] == [
        "somebody else's"
    ]


def test_a_webhook_is_changed_back_and_keeps_the_address_that_nobody_is_told(
    unleash: Server, child: Child
) -> None:
    number = unleash("POST", "/addons", hook("changed"))["id"]
    before = child.look(config := webhooks(unleash, "changed"))
    body = hook("changed", enabled=False, events=["feature-archived", "feature-created"])
    body["parameters"] = dict.fromkeys(body["parameters"], "*****")
    unleash("PUT", f"/addons/{number}", body)
    ours = child.look(config)
    assert ours.lines == {str(number): "webhook 'changed': off, feature-archived, feature-created"}

    assert child.restore(config, before, ours).code == asking.RESTORED

    assert child.look(config) == before
    body["parameters"] = dict.fromkeys(body["parameters"], "*****")
    answer = unleash("PUT", f"/addons/{number}", body)
    assert answer["parameters"]["url"] == "https://partner.example/hooks/1"


def test_a_deleted_webhook_is_registered_again_only_with_what_unleash_does_not_tell(
    unleash: Server, child: Child
) -> None:
    number = unleash("POST", "/addons", hook("deleted"))["id"]
    before = child.look(config := webhooks(unleash, "deleted"))
    unleash("DELETE", f"/addons/{number}")
    ours = child.look(config)

    said = child.restore(config, before, ours)
    assert said.code == asking.FAILED
    assert f"not put back: {number}: Unleash does not tell its url: `address`" in told(said)

    secrets = {"address": "https://partner.example/s3cr3t", "authorization": "Bearer wxyz9"}
    said = child.restore(given := webhooks(unleash, "deleted", **secrets), before, ours)
    assert said.code == asking.RESTORED, told(said)
    assert not any(secret in told(said) for secret in secrets.values())
    assert child.look(given) == before, "known by its first number"
    assert unleash.status(f"/addons/{number}") == 404
