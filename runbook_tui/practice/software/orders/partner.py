"""The partner's API, over TLS, with retries."""

from __future__ import annotations

import http.client
import json
import random
import ssl
import time
from urllib.parse import urlsplit

from .backoff import delays
from .settings import Settings


class PartnerError(Exception):
    """The partner could not be asked at all; the text says why."""


class Partner:
    """One connection, kept open; use it in the thread that made it."""

    def __init__(self, settings: Settings, token: str) -> None:
        self._settings = settings
        self._token = token
        self._connection: http.client.HTTPSConnection | None = None

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def reach(self) -> None:
        """Asks the partner whether it is there. Raises PartnerError."""
        status = self._ask("GET", "/healthz", None)
        if status != http.HTTPStatus.OK:
            raise PartnerError(f"answered {status}")

    def confirm(self, order_id: int, amount: str) -> tuple[bool, int]:
        """Asks the partner to confirm an order: whether it did, and after how many retries.

        Raises PartnerError where no answer could be had.
        """
        body = json.dumps({"order": order_id, "amount": amount})
        retries = 0
        waits = iter(delays(self._settings))
        while True:
            if self._ask("POST", "/confirmations", body) == http.HTTPStatus.CREATED:
                return True, retries
            wait = next(waits, None)
            if wait is None:
                return False, retries
            time.sleep(wait * random.uniform(0.9, 1.1))  # noqa: S311
            retries += 1

    def _ask(self, method: str, path: str, body: str | None) -> int:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        for fresh in (self._connection is None, True):
            try:
                if self._connection is None:
                    self._connection = self._connect()
                self._connection.request(method, path, body, headers)
                response = self._connection.getresponse()
                response.read()
                return response.status
            except ssl.SSLCertVerificationError as error:
                self.close()
                raise PartnerError(f"certificate: {error.verify_message}") from None
            except (OSError, http.client.HTTPException) as error:
                # A connection that was kept open may be stale; only a fresh one tells the truth.
                self.close()
                if fresh:
                    raise PartnerError(f"{type(error).__name__}: {error}") from None
        raise PartnerError("no connection")

    def _connect(self) -> http.client.HTTPSConnection:
        url = urlsplit(self._settings.partner_url)
        context = ssl.create_default_context(cafile=self._settings.ca_file)
        return http.client.HTTPSConnection(
            url.hostname or "", url.port, timeout=self._settings.timeout_s, context=context
        )
