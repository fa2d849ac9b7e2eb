"""Webhooks at GitHub, GitLab and Stripe: what a step registered or changed there is undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runbook_tui.domain.systems import asking
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.seen import changes
from runbook_tui.domain.systems.webhooks import GithubWebhooks, GitlabWebhooks, StripeWebhooks
from tests.adapters.channels.servers import Connection, Server

from .conftest import Child, Said
from .hook_servers import Github, Gitlab, Site, Stripe

Serve = Callable[..., Server]
SECRET = "signing-secret-0123"
PARTNER = "https://partner.example/hooks"


def told(said: Said) -> str:
    """Everything that is said; no secret is in it."""
    assert not any(each in said.out + said.err for each in (Site.token, SECRET, "t0ken"))
    return said.out + said.err


def github(server: Server, **more: Any) -> GithubWebhooks:
    given = {"token": Site.token, "repository": "acme/shop", **more}
    return GithubWebhooks(url=server.url, **given)


def gitlab(server: Server, **more: Any) -> GitlabWebhooks:
    given = {"token": Site.token, "project": "acme/shop", **more}
    return GitlabWebhooks(url=f"{server.url}/api/v4", **given)


def stripe(server: Server, **more: Any) -> StripeWebhooks:
    return StripeWebhooks(url=server.url, token=Site.token, **more)


def at_github(url: str, **more: Any) -> dict[str, Any]:
    config = {"url": url, "content_type": "json", "insecure_ssl": "0", **more.pop("config", {})}
    return {"name": "web", "active": True, "events": ["push"], "config": config, **more}


def at_gitlab(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "push_events": True, "token": SECRET, **more}


def at_stripe(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "enabled_events": ["charge.failed"], **more}


SITES = pytest.mark.parametrize(
    ("site", "config", "hook"),
    [(Github, github, at_github), (Gitlab, gitlab, at_gitlab), (Stripe, stripe, at_stripe)],
    ids=["github", "gitlab", "stripe"],
)
Made = Callable[..., dict[str, Any]]
Config = Callable[..., SystemBase]


@SITES
def test_what_a_step_registered_is_unregistered_and_nothing_else(
    serve: Serve, child: Child, site: type[Site], config: Config, hook: Made
) -> None:
    """Over several pages of a list; and once more there is nothing left to do."""
    behaviour = site()
    for number in range(5):
        behaviour.new(hook(f"{PARTNER}/{number}"))
    server = serve(behaviour)
    before = child.look(everything := config(server))
    assert len(before.objects) == 5
    made = behaviour.new(hook(f"{PARTNER}/new?token=t0ken"))
    ours = child.look(everything)
    (change,) = changes(before, ours)
    assert change.key == str(made["id"])
    assert change.now.startswith(f"{PARTNER}/new?…: ")
    somebody = behaviour.new(hook(f"{PARTNER}/later"))

    said = child.restore(everything, before, ours)

    assert said.code == asking.FOREIGN, told(said)
    assert f"unregistered {made['id']}: {PARTNER}/new?…" in told(said)
    assert f"left {somebody['id']}: somebody else has changed it since" in told(said)
    assert len(behaviour.hooks) == 6
    del behaviour.hooks[str(somebody["id"])]
    assert child.look(everything) == before
    said = child.restore(everything, before, ours)
    assert (said.code, told(said)) == (asking.RESTORED, "")


@SITES
def test_only_the_hooks_to_an_address_and_one_that_is_yet_to_come(
    serve: Serve, child: Child, site: type[Site], config: Config, hook: Made
) -> None:
    behaviour = site()
    behaviour.new(hook(f"{PARTNER}/other"))
    server = serve(behaviour)
    before = child.look(given := config(server, urls=(f"{PARTNER}/mine",)))
    assert before.objects == {}
    made = behaviour.new(hook(f"{PARTNER}/mine/?token=t0ken"))
    behaviour.new(hook(f"{PARTNER}/another"))
    ours = child.look(given)
    assert list(ours.objects) == [str(made["id"])]

    said = child.restore(given, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert child.look(given) == before
    assert len(behaviour.hooks) == 2


@SITES
def test_a_changed_one_is_changed_back_with_the_secret_in_its_address(
    serve: Serve, child: Child, site: type[Site], config: Config, hook: Made
) -> None:
    behaviour = site()
    made = behaviour.new(hook("https://anna:t0ken@partner.example/in?key=t0ken"))
    server = serve(behaviour)
    more = {"signing_secret": SECRET} if site is Gitlab else {}
    before = child.look(given := config(server, **more))
    made["url" if site is not Github else "config"] = (
        hook(f"{PARTNER}/moved")["config"] if site is Github else f"{PARTNER}/moved"
    )
    ours = child.look(given)

    said = child.restore(given, before, ours)

    assert said.code == asking.RESTORED, told(said)
    assert "https://partner.example/in?…" in told(said)
    assert child.look(given) == before
    stands = made["config"] if site is Github else made
    assert stands["url"] == "https://anna:t0ken@partner.example/in?key=t0ken"


def test_github_keeps_the_secret_of_a_hook_that_is_changed_back(serve: Serve, child: Child) -> None:
    site = Github()
    made = site.new(at_github(f"{PARTNER}/1", config={"secret": SECRET}))
    before = child.look(config := github(serve(site)))
    made.update(active=False, events=["push", "release"])
    made["config"].update(url=f"{PARTNER}/2", content_type="form")
    ours = child.look(config)
    assert ours.lines == {"101": f"{PARTNER}/2: off, push, release"}
    assert child.restore(config, before, ours).code == asking.RESTORED
    assert child.look(config) == before
    assert made["config"]["secret"] == SECRET


@pytest.mark.parametrize("had", [True, False])
def test_a_secret_that_github_lost_or_got_is_undone(serve: Serve, child: Child, had: bool) -> None:
    site = Github()
    secret = {"secret": SECRET}
    made = site.new(at_github(f"{PARTNER}/1", config=secret if had else {}))
    server = serve(site)
    before = child.look(config := github(server))
    made["config"].pop("secret") if had else made["config"].update(secret="new")
    ours = child.look(config)
    if had:
        said = child.restore(config, before, ours)
        assert said.code == asking.FAILED
        assert "not put back: 101: it had a secret, which GitHub does not tell" in told(said)
        config = github(server, signing_secret=SECRET)
    assert child.restore(config, before, ours).code == asking.RESTORED
    assert child.look(config) == before
    assert made["config"].get("secret") == (SECRET if had else None)


def test_a_deleted_one_is_registered_again_at_github(serve: Serve, child: Child) -> None:
    site = Github(place="/orgs/acme/hooks")
    site.new(at_github(f"{PARTNER}/1", config={"secret": SECRET}))
    server = serve(site)
    of_acme = {"organisation": "acme", "repository": ""}
    before = child.look(config := github(server, **of_acme))
    del site.hooks["101"]
    ours = child.look(config)

    said = child.restore(config, before, ours)
    assert said.code == asking.FAILED
    assert "which GitHub does not tell: `signing-secret`" in told(said)
    assert site.hooks == {}

    config = github(server, signing_secret=SECRET, **of_acme)
    said = child.restore(config, before, ours)
    assert said.code == asking.RESTORED, told(said)
    assert f"registered 101 again, as 102: {PARTNER}/1: push" in told(said)
    assert site.hooks["102"]["config"]["secret"] == SECRET
    assert child.look(config) == before, "known by its first number"


def test_a_deleted_one_is_registered_again_at_gitlab_with_all_its_events(
    serve: Serve, child: Child
) -> None:
    site = Gitlab()
    site.new(at_gitlab(f"{PARTNER}/1", push_events=False, job_events=True, name="jobs"))
    server = serve(site)
    before = child.look(config := gitlab(server))
    site.hooks.clear()
    ours = child.look(config)
    said = child.restore(config, before, ours)
    assert said.code == asking.FAILED
    assert "GitLab drops its secret token with its address" in told(said)
    config = gitlab(server, signing_secret=SECRET)
    assert child.restore(config, before, ours).code == asking.RESTORED
    assert child.look(config) == before
    assert site.hooks["9"]["token"] == SECRET


def test_headers_that_gitlab_does_not_tell(serve: Serve, child: Child) -> None:
    """One that a step added is taken away; one that it took away cannot come back."""
    site = Gitlab()
    made = site.new(at_gitlab(f"{PARTNER}/1", job_events=True))
    server = serve(site)
    none = child.look(config := gitlab(server))
    made.update(custom_headers=[{"key": "Authorization", "value": "x"}], job_events=False)
    one = child.look(config)
    assert child.restore(config, none, one).code == asking.RESTORED
    assert (child.look(config), made["token"]) == (none, SECRET)
    said = child.restore(config, one, none)
    assert said.code == asking.FAILED
    assert "not put back: 8: GitLab does not tell its custom headers" in told(said)


def test_an_endpoint_of_stripe_is_changed_back_and_a_deleted_one_is_for_a_person(
    serve: Serve, child: Child
) -> None:
    site = Stripe()
    made = site.new(at_stripe(f"{PARTNER}/1", metadata={"team": "shop"}, description="orders"))
    before = child.look(config := stripe(serve(site), account="acct_1"))
    assert site.account == "acct_1"
    made.update(status="disabled", enabled_events=["*"], description=None)
    made["metadata"] = {"other": "x"}
    ours = child.look(config)
    assert ours.lines == {"we_1": f"{PARTNER}/1: off, *"}
    assert child.restore(config, before, ours).code == asking.RESTORED
    assert child.look(config) == before
    assert made["metadata"] == {"team": "shop"}

    site.hooks.clear()
    said = child.restore(config, before, child.look(config))
    assert said.code == asking.FAILED
    assert "not put back: we_1: a new endpoint gets a new signing secret" in told(said)


def test_a_hook_that_posts_elsewhere_by_now_is_not_registered_a_second_time(
    serve: Serve, child: Child
) -> None:
    site = Github()
    made = site.new(at_github(f"{PARTNER}/1"))
    before = child.look(config := github(serve(site), urls=(f"{PARTNER}/1",)))
    made["config"]["url"] = f"{PARTNER}/2"
    said = child.restore(config, before, child.look(config))
    assert said.code == asking.FAILED
    assert "it posts to another address by now: name both in `urls`" in told(said)
    assert len(site.hooks) == 1


@SITES
def test_who_is_quicker_is_not_overwritten(
    serve: Serve, child: Child, site: type[Site], config: Config, hook: Made
) -> None:
    """Somebody changes a hook between the last look at all and putting it back."""
    behaviour = site()
    server = serve(behaviour)
    before = child.look(everything := config(server))
    made = behaviour.new(hook(f"{PARTNER}/1"))
    ours = child.look(everything)
    events = {Github: "events", Gitlab: "job_events", Stripe: "enabled_events"}[site]

    def meanwhile(connection: Connection) -> None:
        behaviour(connection)
        made[events] = True if site is Gitlab else ["theirs"]

    server.behaviour = meanwhile
    said = child.restore(everything, before, ours)

    assert said.code == asking.FAILED
    assert f"not put back: {made['id']}: somebody has changed it just now" in told(said)
    assert len(behaviour.hooks) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://hooks.chat.example/T0/B0/AbCdEf0123456789ghIJkl",
            "https://hooks.chat.example/T0/B0/…",
        ),
        ("https://u:p@h.example:8443/a?b=c#d", "https://h.example:8443/a?…"),
        ("https://h.example/a-long-name-of-a-webhook-for-orders", None),
        ("no address", "…"),
    ],
)
def test_an_address_is_shown_without_what_is_secret_in_it(
    serve: Serve, child: Child, url: str, shown: str | None
) -> None:
    site = Stripe()
    site.new(at_stripe(url))
    seen = child.look(stripe(serve(site)))
    assert seen.lines == {"we_1": f"{shown or url}: charge.failed"}
