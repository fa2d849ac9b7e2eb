"""Certificates that a real TLS server on loopback shows."""

from __future__ import annotations

import base64
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.domain.checks.certificates import CertificatesCheck
from runbook_tui.domain.findings import Finding
from runbook_tui.practice import builder
from runbook_tui.preflight.checks.certificates import CHECK
from runbook_tui.preflight.package.unpacking import Unpacker
from runbook_tui.preflight.ports import Network

from .archives import zip_of
from .authorities import Issued, pem
from .chains import HOST, needs_openssl
from .chains import between as between
from .chains import leaf as leaf
from .chains import root as root
from .targets import NoNetwork, by_key, result


class ByOpenssl(NoNetwork):
    """What a server sends, as openssl sees it."""

    def presented(
        self, host: str, port: int, *, name: str = "", limit: float = 10.0
    ) -> tuple[tuple[bytes, ...], str]:
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"{host}:{port}", "-showcerts",
             *(["-servername", name] if name else ["-noservername"])],
            input=b"", capture_output=True, check=False, timeout=limit,
        )  # fmt: skip
        found = re.findall(
            rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", done.stdout, re.S
        )
        return tuple(base64.b64decode(each) for each in found), done.stderr.decode()[-100:]


@contextmanager
def serving(folder: Path, bundle: bytes, key: bytes) -> Iterator[str]:
    (folder / "server.pem").write_bytes(bundle)
    (folder / "server.key").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                with plain:
                    try:
                        with context.wrap_socket(plain, server_side=True) as tls:
                            tls.recv(1)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


NETWORKS = [pytest.param(ByOpenssl, marks=needs_openssl), LocalNetwork]


def ask(folder: Path, network: Network, address: str, **more: Any) -> dict[str, list[Finding]]:
    config = CertificatesCheck(live=(address,), trust="trust.pem", **more)
    return by_key(result(CHECK, config, folder, network=network))


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_live_server(
    root: Issued, between: Issued, leaf: Issued, tmp_path: Path, kind: type[Network]
) -> None:
    network = kind()
    (tmp_path / "trust.pem").write_bytes(root.pem)
    with serving(tmp_path, pem(leaf, between), leaf.key_pem) as address:
        assert list(ask(tmp_path, network, address)) == ["chain"]
        assert list(ask(tmp_path, network, address, names=(HOST,))) == ["chain"]
        assert "wrong-name" in ask(tmp_path, network, address, names=("x.example",))
    with serving(tmp_path, leaf.pem, leaf.key_pem) as address:
        found = ask(tmp_path, network, address)
        assert found["no-chain"][0].severity == "inhibitor"
        assert found["no-chain"][0].title.startswith(address)
        (tmp_path / "chain.pem").write_bytes(between.pem)
        found = ask(tmp_path, network, address, files=("chain.pem",))
        assert found["missing-intermediate"][0].severity == "high"
        # Who asks with a bundle that has it gets through.
        (tmp_path / "trust.pem").write_bytes(pem(root, between))
        found = ask(tmp_path, network, address)
        assert found["missing-intermediate"][0].severity == "warning"


def test_an_address_that_shows_nothing_is_unknown(root: Issued, tmp_path: Path) -> None:
    (tmp_path / "trust.pem").write_bytes(root.pem)
    for address, key in (("127.0.0.1:1", "not-reached"), ("h:99999", "no-address")):
        config = CertificatesCheck(live=(address,), trust="trust.pem")
        found = by_key(result(CHECK, config, tmp_path))
        assert found[key][0].severity == "unknown"


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_trap_of_the_practice_lab(tmp_path: Path, kind: type[Network]) -> None:
    """The package brings the old root; the partner's new address ends in another."""
    certificates = builder.CERTIFICATES
    old = (certificates / "vendor-root-g1.pem").read_bytes()
    new = [(certificates / f"vendor-{n}.pem").read_bytes() for n in ("issuing-3", "root-g2")]
    (tmp_path / "vendor-ca.pem").write_bytes(old)
    zip_of(tmp_path / "p.zip", ("dten-5.0/certs/vendor-ca.pem", old))
    bundle = (certificates / "partner-g2.pem").read_bytes() + new[0]
    now = datetime.now(UTC)
    with serving(tmp_path, bundle, (certificates / "partner-g2.key.pem").read_bytes()) as address:
        for trust in ("vendor-ca.pem", "p.zip"):
            config = CertificatesCheck(live=(address,), files=("p.zip",), trust=trust)
            with Unpacker() as unpacker:
                found = by_key(
                    result(
                        CHECK,
                        config,
                        tmp_path,
                        network=kind(),
                        unpack=unpacker.unpack,
                        now=now,
                    )
                )
            [trap] = found["rotated-root"]
            assert trap.severity == "inhibitor"
            assert address in trap.title
            assert "does not have Dten Vendor Root G2; it has Dten Vendor Root G1" in trap.title
            assert any("Dten Vendor Issuing CA 3" in each.text for each in trap.evidence)
        (tmp_path / "vendor-ca.pem").write_bytes(old + b"".join(new))
        config = CertificatesCheck(live=(address,), trust="vendor-ca.pem")
        found = by_key(result(CHECK, config, tmp_path, network=kind(), now=now))
        assert list(found) == ["chain"]
