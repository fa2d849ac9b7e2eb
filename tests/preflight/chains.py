"""Chains of real authorities, made once, and what the check says of a file of them."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.domain.checks.certificates import CertificatesCheck
from runbook_tui.domain.findings import CheckResult
from runbook_tui.preflight.checks.certificates import CHECK

from .authorities import Issued, issue, pem
from .targets import result

HOST = "orders.dten.example"
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not on this machine"
)


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Dten Root G1", ca=True, lasts=days(9000))


@pytest.fixture(scope="module")
def between(root: Issued) -> Issued:
    return issue("Dten Issuing CA 1", root, ca=True, pathlen=0, lasts=days(3000))


@pytest.fixture(scope="module")
def leaf(between: Issued) -> Issued:
    return issue(HOST, between, names=(HOST, "127.0.0.1"))


def check(folder: Path, bundle: bytes, *trusted: Issued, **more: Any) -> CheckResult:
    (folder / "it.pem").write_bytes(bundle)
    (folder / "trust.pem").write_bytes(pem(*trusted))
    window = more.pop("window", None)
    config = CertificatesCheck(files=("it.pem",), trust="trust.pem", **more)
    return result(CHECK, config, folder, window=window)


def severities(found: CheckResult) -> dict[str, str]:
    return {finding.key: finding.severity for finding in found.findings}
