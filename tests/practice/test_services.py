"""What runs in the lab: the order service in both versions, the partner, the load."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any

import pytest

from practice.driving import Operator, until
from runbook_tui.practice.software.orders import settings as old_settings
from runbook_tui.practice.software.orders_5_0 import backoff, flags
from runbook_tui.practice.software.orders_5_0 import settings as new_settings
from runbook_tui.practice.software.partner import temper


def ask(operator: Operator, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    port = operator.lab.layout.port("orders")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        text = body if isinstance(body, str) else json.dumps(body)
        connection.request(method, path, text if body is not None else None)
        response = connection.getresponse()
        raw = response.read().decode()
        return response.status, json.loads(raw) if raw.startswith("{") else raw
    finally:
        connection.close()


def upgrade(operator: Operator, *, chain: bool = True, config: bool = True) -> None:
    """The shortest way to 5.0."""
    if chain:
        operator.ctl("chain", "install", "--sha256", operator.lab.parameters["chain_sha256"])
    operator.ctl("package", "stage")
    if config:
        operator.ctl("config", "convert")
    operator.ctl("migrate", "--to", "5.0", "--plan", "offline")


def test_orders_can_be_placed_and_read(operator: Operator) -> None:
    order = {"customer": "c1", "amount": "19.99", "currency": "EUR"}
    code, placed = ask(operator, "POST", "/orders", order)
    assert code in (201, 202)
    code, read = ask(operator, "GET", f"/orders/{placed['id']}")
    assert code == 200
    assert (read["amount"], read["customer"]) == ("19.99", "c1")
    code, listed = ask(operator, "GET", "/orders?customer=c1")
    assert [o["id"] for o in listed["orders"]] == [placed["id"]]
    assert ask(operator, "GET", "/version") == (200, {"version": "4.2.0"})


BAD = [
    ("GET", "/orders/999999999", None, 404),
    ("GET", "/orders", None, 400),
    ("GET", "/elsewhere", None, 404),
    ("POST", "/orders", "no json", 400),
    ("POST", "/orders", [1], 400),
    ("POST", "/orders", {"customer": "c1"}, 400),
    ("POST", "/orders", {"customer": "c1", "amount": "NaN", "currency": "EUR"}, 400),
    ("POST", "/orders", {"customer": "c1", "amount": "x" * 70_000, "currency": "EUR"}, 413),
    ("POST", "/partner/events", {"order": 1}, 404),
]


def test_bad_requests_are_answered_and_the_service_goes_on(operator: Operator) -> None:
    for method, path, body, code in BAD:
        assert ask(operator, method, path, body)[0] == code, (method, path)
    assert operator.ctl("probe", "health").startswith("ok 4.2.0")


def test_metrics_are_prometheus_text_with_a_histogram_for_each_endpoint(
    operator: Operator,
) -> None:
    name = "orders_http_request_duration_seconds"
    until(lambda: 'endpoint="POST /orders"' in ask(operator, "GET", "/metrics")[1], "an order")
    text: str = ask(operator, "GET", "/metrics")[1]
    assert text.endswith("\n")
    sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+')
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or sample.fullmatch(line), line
    buckets = [
        int(count)
        for count in re.findall(rf'{name}_bucket{{endpoint="POST /orders",le="[^"]+"}} (\d+)', text)
    ]
    assert len(buckets) == 13
    assert buckets == sorted(buckets)
    (count,) = re.findall(rf'{name}_count{{endpoint="POST /orders"}} (\d+)', text)
    assert int(count) == buckets[-1]
    assert 'le="0.1"' in text, "a bound on the objective"
    assert re.search(r"^orders_partner_retries_total \d+$", text, re.MULTILINE)


def test_without_the_new_chain_5_0_cannot_reach_the_partner(operator: Operator) -> None:
    """The trap: the package ships the old root only."""
    upgrade(operator, chain=False)
    said = operator.refused("release", "activate", "5.0")
    assert "cannot use the partner (certificate: unable to get local issuer certificate)" in said
    assert "unable to get local issuer" in operator.refused("probe", "health")
    order = {"customer": "c1", "amount": "1.00", "currency": "EUR"}
    assert ask(operator, "POST", "/orders", order)[0] == 202
    operator.ctl("chain", "install", "--sha256", operator.lab.parameters["chain_sha256"])
    operator.ctl("restart", "orders")
    assert operator.ctl("probe", "health") == "ok 5.0.0, schema 50, partner ok"


def test_5_0_does_not_start_with_a_key_that_is_gone(operator: Operator) -> None:
    upgrade(operator)
    prepared = operator.lab.layout.etc / "orders-5.0.ini"
    prepared.write_text(prepared.read_text().replace("[flags]", "retry_limit = 3\n\n[flags]"))
    assert "retry_limit" in operator.refused("config", "check")
    said = operator.refused("release", "activate", "5.0", code=3)
    assert "[partner] retry_limit: removed in 5.0" in said


def test_5_0_does_not_run_on_the_old_schema(operator: Operator) -> None:
    operator.ctl("package", "stage")
    operator.ctl("config", "convert")
    said = operator.refused("release", "activate", "5.0", code=3)
    assert "schema 42, but 5.0.0 runs on 50" in said
    assert said.endswith("To go back: labctl release activate 4.2")
    assert operator.ctl("release", "activate", "4.2").startswith("5.0 -> 4.2")
    assert operator.ctl("probe", "version") == "4.2.0"


def test_events_are_taken_only_while_the_flag_is_on(operator: Operator) -> None:
    upgrade(operator)
    operator.ctl("release", "activate", "5.0")
    assert ask(operator, "POST", "/partner/events", {"order": 1})[0] == 404
    operator.ctl("flag", "on", "order-events")
    operator.ctl("webhook", "register")
    code, placed = ask(
        operator, "POST", "/orders", {"customer": "c1", "amount": "2.00", "currency": "EUR"}
    )
    assert code == 201
    until(
        lambda: ask(operator, "GET", f"/orders/{placed['id']}")[1]["state"] == "acknowledged",
        "the partner's event arrives",
    )


def test_the_partner_changes_webhooks_only_for_who_has_its_token(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = operator.ctl("probe", "webhooks")
    path = operator.lab.layout.token
    real = path.read_text()
    path.write_text("wrong\n")
    assert "401" in operator.refused("webhook", "register", code=3)
    assert "401" in operator.refused("webhook", "delete", "wh_0001", code=3)
    path.write_text("\n")
    assert "PARTNER_TOKEN is not set" in operator.refused("webhook", "register", code=2)
    path.write_text(real)
    assert operator.ctl("probe", "webhooks") == listed


def test_an_id_at_the_partner_is_never_used_twice(operator: Operator) -> None:
    assert operator.ctl("webhook", "register").startswith("wh_0002")
    assert "already" in operator.ctl("webhook", "register")
    operator.ctl("webhook", "delete", "events")
    assert operator.ctl("webhook", "register").startswith("wh_0003")
    assert "wh_0001" in operator.ctl("probe", "webhooks"), "the other team's stays"


def test_the_load_shows_what_a_customer_would_feel(operator: Operator) -> None:
    until(lambda: operator.try_("load", "steady", "--seconds", "2").returncode == 0, "steady load")
    rate = float(operator.ctl("load", "status").split(" ")[0])
    assert 10 < rate < 60
    operator.ctl("stop", "orders")
    until(lambda: operator.failures(3), "the outage is seen")
    assert "errors in the last" in operator.refused("load", "steady")
    operator.ctl("start", "orders")
    until(lambda: operator.try_("load", "steady", "--seconds", "2").returncode == 0, "steady again")
    assert operator.ctl("probe", "lost-orders").startswith("0 of ")


def test_an_order_that_was_promised_and_is_missing_is_noticed(operator: Operator) -> None:
    operator.ctl("stop", "--all")
    with operator.lab.layout.acknowledged.open("a") as file:
        file.write("99999999\n")
    assert operator.refused("probe", "lost-orders").startswith("1 of ")


def test_while_writers_are_stopped_orders_are_read_but_not_taken(operator: Operator) -> None:
    operator.ctl("writers", "stop")
    order = {"customer": "c1", "amount": "1.00", "currency": "EUR"}
    assert ask(operator, "POST", "/orders", order)[0] == 503
    assert ask(operator, "GET", "/orders/1")[0] == 200
    operator.ctl("writers", "start")
    assert ask(operator, "POST", "/orders", order)[0] in (201, 202)


def test_the_new_backoff_is_quicker_on_average_and_slower_at_the_tail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The story in small: the partner's temper against both strategies, with a simulated clock."""
    now = 0.0
    monkeypatch.setattr(temper.time, "monotonic", lambda: now)
    results = {}
    for name, delays in (
        ("4.2", (60, 120, 240)),
        ("5.0", (25, 70, 140)),
        ("tuned", (50, 110, 220)),
    ):
        partner = temper.Temper(7)
        waited, retries = [], 0
        for order in range(40_000):
            start = now
            for delay in (*delays, None):
                if not partner.fails(order) or delay is None:
                    break
                retries += 1
                now += delay / 1000
            waited.append(1000 * (now - start))
            now += 1.0
        waited.sort()
        results[name] = (sum(waited) / len(waited), waited[int(0.99 * len(waited))], retries)
    mean, p99, retries_ = zip(*results.values(), strict=True)
    assert mean[1] < mean[0], "the mean says that it improved"
    assert p99[1] > 1.2 * p99[0], "the tail got worse"
    assert retries_[1] > 1.1 * retries_[0], "and the partner is asked more"
    assert p99[2] <= p99[0]
    assert retries_[2] < 1.05 * retries_[0], "tuned, both are as before"


def test_a_tuned_backoff_is_used_only_while_its_flag_is_on(tmp_path: Path) -> None:
    file = tmp_path / "flags.json"
    settings = new_settings.Settings(
        "h", 1, "", "", 1, "", "", "", 1.0, (50, 110), "partner-backoff", str(file)
    )
    assert backoff.delays(settings) == (0.06, 0.12, 0.24), "a flag that cannot be read is off"
    flag = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}
    file.write_text(json.dumps({"flags": {"partner-backoff": flag}}))
    assert flags.is_on(str(file), "partner-backoff")
    assert backoff.delays(settings) == (0.05, 0.11)


@pytest.mark.parametrize("module", [old_settings, new_settings])
def test_a_configuration_that_cannot_be_used_is_named(module: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.ini"
    for text in ("", "[server]\nport = many", "no section", "[server]\n[server]\n"):
        file.write_text(text)
        with pytest.raises(module.SettingsError, match=r"orders\.ini"):
            module.load(str(file))
