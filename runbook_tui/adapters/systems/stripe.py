"""Webhook endpoints of an account at Stripe.

https://docs.stripe.com/api/webhook_endpoints, https://docs.stripe.com/api/pagination
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.adapters.http.client import Token
from runbook_tui.adapters.systems.base import NotAskedError, NotPutBackError
from runbook_tui.adapters.systems.hooks import Hook, Hooks
from runbook_tui.adapters.systems.web import MOST_PAGES, Row, Web, named, part, row, rows, texts
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.systems.webhooks import StripeWebhooks

PATH = "/v1/webhook_endpoints"
_FIXED = {"api-version": "api_version", "application": "application"}
"""What Stripe sets when an endpoint is made, and never after."""


class StripeHooks(Hooks):
    """The webhook endpoints of one account."""

    def __init__(self, config: StripeWebhooks) -> None:
        headers = {"Stripe-Account": config.account} if config.account else {}
        token = Token("Authorization", config.token, "Bearer")
        self._web = Web(config, config.url, token, headers)
        super().__init__(f"{config.url} {config.account}", config.urls)

    def hooks(self) -> Iterator[Hook]:
        query = {"limit": "100"}
        for _ in range(MOST_PAGES):
            page = row(self._web.see(PATH, query).data)
            found = [_hook(each) for each in rows(page.get("data"))]
            yield from found
            if page.get("has_more") is not True or not found:
                return
            query = {"limit": "100", "starting_after": found[-1].number}
        raise NotAskedError(f"its list has more than {MOST_PAGES} pages")

    def one(self, number: str) -> Hook | None:
        found = self._web.find(f"{PATH}/{part(number)}")
        return None if found is None else _hook(found)

    def create(self, wanted: Value, url: str) -> str:
        raise NotPutBackError(
            "a new endpoint gets a new signing secret from Stripe, which whoever it posts to has to"
            " be told: by hand"
        )

    def change(self, number: str, wanted: Value, now: Value, url: str) -> None:
        if any(wanted[key] != now[key] for key in _FIXED):
            raise NotPutBackError("it is another endpoint with the same id")
        form = [("url", url), *(("enabled_events[]", event) for event in wanted["events"])]
        form.append(("disabled", "false" if wanted["active"] else "true"))
        form.append(("description", wanted["description"]))
        # A key that is sent empty is taken away.
        gone = dict.fromkeys(now["metadata"], "")
        form += [
            (f"metadata[{key}]", str(text)) for key, text in (gone | wanted["metadata"]).items()
        ]
        self._web.do("POST", f"{PATH}/{part(number)}", form=form)

    def delete(self, number: str) -> None:
        self._web.remove(f"{PATH}/{part(number)}")


def _hook(data: Row) -> Hook:
    value = {
        "active": data.get("status") == "enabled",
        "events": texts(data.get("enabled_events")),
        "description": str(data.get("description") or ""),
        "metadata": dict(row(data.get("metadata") or {})),
        **{ours: data.get(theirs) for ours, theirs in _FIXED.items()},
    }
    return Hook(named(data, "id"), str(data.get("url", "")), value)
