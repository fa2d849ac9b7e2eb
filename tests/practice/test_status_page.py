"""The partner's status page by Statuspage's API, asked over HTTP by the real process."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from practice.messaging import REFERENCE, Sender
from runbook_tui.practice.software.partner.incidents import MOST_INCIDENTS, MOST_UPDATES, Incidents

WINDOW = {
    "scheduled_for": "2026-11-24T19:00:00Z",
    "scheduled_until": "2026-11-24T20:00:00Z",
}


def test_an_incident_has_the_documented_fields(shared_sender: Sender) -> None:
    made = shared_sender.incident(
        name="Order service: errors",
        body="We look into it.",
        impact_override="minor",
        metadata={"run": {"entry": REFERENCE}},
        component_ids=["8kbf7d35c070"],
        deliver_notifications=False,
    )
    assert re.fullmatch(r"[a-z0-9]{12}", made["id"])
    assert made["name"] == "Order service: errors"
    assert made["page_id"] == shared_sender.channels["status-page"]["page"]
    assert (made["status"], made["impact"]) == ("investigating", "minor")
    assert made["metadata"] == {"run": {"entry": REFERENCE}}
    assert made["resolved_at"] is None
    created = datetime.fromisoformat(made["created_at"])
    assert abs(datetime.now(UTC) - created) < timedelta(minutes=1)
    assert made["updated_at"] == made["created_at"]
    (update,) = made["incident_updates"]
    assert update["incident_id"] == made["id"]
    assert (update["status"], update["body"]) == ("investigating", "We look into it.")
    assert update["display_at"] == update["created_at"] == made["created_at"]
    assert update["deliver_notifications"] is False
    assert [c["code"] for c in update["affected_components"]] == ["8kbf7d35c070"]


def test_the_short_link_leads_to_the_newest_message_of_the_incident(shared_sender: Sender) -> None:
    made = shared_sender.incident(body="First")
    shared_sender.page("PATCH", f"/{made['id']}", {"incident": {"body": "Second"}})
    link, _, anchor = made["shortlink"].partition("#")
    assert link == f"http://127.0.0.1:{shared_sender.port}/messages"
    page = shared_sender.ask("GET", "/messages").text
    (item,) = re.findall(rf'<li id="{anchor}">.*?</li>', page, re.DOTALL)
    assert "Second" in item


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("end", ["", ".json"])
def test_an_update_comes_before_the_older_ones(
    shared_sender: Sender, method: str, end: str
) -> None:
    made = shared_sender.incident(body="We look into it.", metadata={"a": {"b": 1}})
    reply = shared_sender.page(
        method, f"/{made['id']}{end}", {"incident": {"status": "monitoring", "body": "Better."}}
    )
    assert reply.status == 200
    changed = reply.json
    assert [u["body"] for u in changed["incident_updates"]] == ["Better.", "We look into it."]
    assert [u["status"] for u in changed["incident_updates"]] == ["monitoring", "investigating"]
    assert changed["status"] == "monitoring"
    assert changed["monitoring_at"]
    assert changed["metadata"] == {"a": {"b": 1}}, "what is not given stays"
    assert shared_sender.page("GET", f"/{made['id']}{end}").json == changed
    body = {"incident": {"status": "resolved", "body": "Over."}}
    assert shared_sender.page(method, f"/{made['id']}", body).json["resolved_at"]


def test_a_change_that_tells_nothing_is_no_update_and_no_message(shared_sender: Sender) -> None:
    made = shared_sender.incident(body="We look into it.")
    before = shared_sender.arrived()
    reply = shared_sender.page("PATCH", f"/{made['id']}", {"incident": {"name": "Better name"}})
    assert reply.json["name"] == "Better name"
    assert len(reply.json["incident_updates"]) == 1
    assert shared_sender.arrived() == before


def test_a_maintenance_goes_its_own_way(shared_sender: Sender) -> None:
    made = shared_sender.incident(body="On Tuesday.", **WINDOW, scheduled_auto_completed=False)
    assert (made["status"], made["impact"]) == ("scheduled", "maintenance")
    assert {name: made[name] for name in WINDOW} == WINDOW
    assert made["scheduled_auto_completed"] is False
    assert ids(shared_sender, "/upcoming")[0] == made["id"]
    for status in ("in_progress", "verifying", "completed"):
        reply = shared_sender.page("PATCH", f"/{made['id']}", {"incident": {"status": status}})
        assert reply.json["status"] == status
        assert reply.json["incident_updates"][0]["status"] == status
        running = status != "completed"
        assert (made["id"] in ids(shared_sender, "/active_maintenance.json")) == running
    assert ids(shared_sender, "/scheduled")[0] == made["id"]
    assert made["id"] not in ids(shared_sender, "/unresolved")
    assert made["id"] not in ids(shared_sender, "/upcoming")


def test_lists_are_newest_first_and_come_in_pages(shared_sender: Sender) -> None:
    one, two, three = (shared_sender.incident(body=str(n))["id"] for n in range(3))
    assert ids(shared_sender, ".json")[:3] == [three, two, one]
    assert ids(shared_sender, "?limit=2") == [three, two]
    assert ids(shared_sender, "?limit=2&page=2")[0] == one
    assert ids(shared_sender, "/unresolved?per_page=1&page=2") == [two]
    shared_sender.page("PATCH", f"/{two}", {"incident": {"status": "resolved"}})
    assert ids(shared_sender, "/unresolved.json")[:2] == [three, one]


def ids(sender: Sender, path: str) -> list[str]:
    reply = sender.page("GET", path)
    assert reply.status == 200, reply.text
    return [incident["id"] for incident in reply.json]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"body": "no name"}, ["Name can't be blank"]),
        ({"name": " "}, ["Name can't be blank"]),
        ({"name": 7}, ["Name can't be blank"]),
        ({"name": "n" * 256}, ["Name is too long (maximum is 255 characters)"]),
        ({"name": "n", "body": "b" * 25_001}, ["Body is too long (maximum is 25000 characters)"]),
        ({"name": "n", "body": ["b"]}, ["Body must be text"]),
        ({"name": "n", "status": "fine"}, ["Status is not included in the list"]),
        ({"name": "n", "status": ["resolved"]}, ["Status is not included in the list"]),
        ({"name": "n", "status": "monitoring", **WINDOW}, ["Status is not included in the list"]),
        (
            {"name": "n", "status": "in_progress"},
            ["Scheduled for can't be blank for a status of scheduled incidents"],
        ),
        ({"name": "n", "scheduled_for": "tomorrow"}, ["Scheduled for is not a time"]),
        ({"name": "n", "scheduled_for": 7}, ["Scheduled for is not a time"]),
        (
            {"name": "n", **WINDOW, "scheduled_until": WINDOW["scheduled_for"]},
            ["Scheduled until must be after scheduled for"],
        ),
        ({"name": "n", "impact_override": "huge"}, ["Impact override is not included in the list"]),
        (
            {"name": "n", "deliver_notifications": "yes"},
            ["Deliver notifications must be true or false"],
        ),
        ({"name": "n", "component_ids": "a"}, ["Component ids must be a list of text"]),
        (
            {"name": "n", "metadata": {"entry": "flat"}},
            ["Metadata must be an object whose top-level values are objects"],
        ),
        ({"status": "fine"}, ["Name can't be blank", "Status is not included in the list"]),
    ],
)
def test_fields_that_are_not_taken_are_named_and_nothing_is_kept(
    shared_sender: Sender, given: dict[str, Any], errors: list[str]
) -> None:
    before = shared_sender.page("GET").json, shared_sender.arrived()
    reply = shared_sender.page("POST", "", {"incident": given})
    assert (reply.status, reply.json["error"]) == (422, errors)
    assert reply.json["message"] == "; ".join(errors)
    assert (shared_sender.page("GET").json, shared_sender.arrived()) == before


def test_what_is_documented_as_the_longest_is_taken(shared_sender: Sender) -> None:
    made = shared_sender.incident(name="n" * 255, body="\u00fc" * 25_000)
    assert made["incident_updates"][0]["body"] == "\u00fc" * 25_000


def test_an_update_is_checked_as_well(shared_sender: Sender) -> None:
    made = shared_sender.incident(body="b")
    reply = shared_sender.page("PATCH", f"/{made['id']}", {"incident": {"status": "completed"}})
    assert reply.status == 422
    assert shared_sender.page("GET", f"/{made['id']}").json == made


@pytest.mark.parametrize(
    "authorization", ["", "OAuth", "OAuth wrong", "Bearer {token}", "{token}", "OAuth t\u00f6ken"]
)
def test_who_does_not_have_the_token_is_refused(shared_sender: Sender, authorization: str) -> None:
    token = shared_sender.channels["status-page"]["token"]
    headers = {"Authorization": authorization.format(token=token)}
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/unresolved")):
        body = {"incident": {"name": "n"}} if method == "POST" else None
        reply = shared_sender.page(method, path, body, **headers)
        assert (reply.status, reply.json["error"]) == (401, ["Could not authenticate"])
        assert token not in reply.text


def test_what_is_not_there_is_not_found(shared_sender: Sender) -> None:
    settings = shared_sender.channels["status-page"]
    headers = {"Authorization": f"OAuth {settings['token']}"}
    body = {"incident": {"name": "n"}}
    elsewhere = shared_sender.ask("POST", "/v1/pages/other/incidents", body, **headers)
    assert (elsewhere.status, elsewhere.json["error"]) == (404, ["Page not found"])
    for method, path in (
        ("GET", "/nope"),
        ("PATCH", "/nope"),
        ("PUT", ""),
        ("POST", "/unresolved"),
        ("GET", "/a/b"),
    ):
        given = None if method == "GET" else body
        assert shared_sender.page(method, path, given).status == 404, (method, path)


def test_a_body_without_an_incident_is_a_bad_request(shared_sender: Sender) -> None:
    for body in ({}, {"incident": "n"}, {"name": "n"}):
        assert shared_sender.page("POST", "", body).status == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert shared_sender.page("POST", "", {"incident": {"name": "n"}}, **form).status == 415


def test_more_requests_than_documented_are_refused_with_the_time_to_wait(sender: Sender) -> None:
    for _ in range(60):
        assert sender.page("GET", "?limit=1").status == 200
    reply = sender.page("POST", "", {"incident": {"name": "n"}})
    assert (reply.status, reply.json["error"]) == (420, ["Rate limit exceeded"])
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert sender.arrived() == []
    assert sender.page("GET", Authorization="OAuth wrong").status == 401, "no token is told of it"
    assert sender.notify("another channel").status == 200


def test_incidents_are_there_again_after_a_restart(sender: Sender) -> None:
    made = sender.incident(body="kept", metadata={"run": {"entry": REFERENCE}})
    sender.operator.ctl("restart", "partner")
    assert sender.page("GET").json == [made]
    reply = sender.page("PATCH", f"/{made['id']}", {"incident": {"body": "more"}})
    assert [u["body"] for u in reply.json["incident_updates"]] == ["more", "kept"]


def test_each_update_arrives_as_a_message_with_its_own_reference(shared_sender: Sender) -> None:
    metadata = {"run": {"entry": REFERENCE}}
    made = shared_sender.incident(body="one", status="identified", metadata=metadata)
    corrected = f"two\n\nThis corrects {REFERENCE}\n\nRef 20261124-190000-full-upgrade-4f2a/4"
    shared_sender.page("PATCH", f"/{made['id']}", {"incident": {"body": corrected}})
    newest, older = shared_sender.arrived()[:2]
    assert (older["reference"], older["status"], older["text"]) == (REFERENCE, "identified", "one")
    assert newest["reference"] == "20261124-190000-full-upgrade-4f2a/4"
    for message in (newest, older):
        assert (message["how"], message["title"]) == ("status page", "Order service")
        assert message["incident"] == made["id"]


def test_the_file_of_incidents_stays_small(tmp_path: Path) -> None:
    file = tmp_path / "many.json"
    incidents = Incidents(file, "page", "http://127.0.0.1/messages")
    for number in range(MOST_INCIDENTS + 2):
        last = incidents.create({"name": str(number)})
    for number in range(MOST_UPDATES + 2):
        incidents.update(last["id"], {"body": str(number)})
    kept = json.loads(file.read_text())
    assert [kept[0]["name"], kept[-1]["name"]] == ["2", str(MOST_INCIDENTS + 1)]
    assert len(kept[-1]["incident_updates"]) == MOST_UPDATES
    assert kept[-1]["incident_updates"][0]["body"] == str(MOST_UPDATES + 1)
