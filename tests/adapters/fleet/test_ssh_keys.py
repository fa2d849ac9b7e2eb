"""Who is connected to, and as whom: known hosts, keys, agents, names."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from runbook_tui.adapters.fleet import ssh_fleet
from runbook_tui.domain.fleet import (
    FleetError,
)

from .conftest import Fifty, Servers, public, until
from .running import host as host
from .running import job, one, run


async def test_a_key_that_is_not_known_is_never_trusted(servers: Servers) -> None:
    port = servers.start(["127.0.0.1"], known=False)
    here = f"127.0.0.1:{port}"
    before = servers.known.read_text()
    for more in ("", " StrictHostKeyChecking no\n", " UserKnownHostsFile none\n"):
        config = servers.config(f"Host *\n{more}")
        result = await one(job([here], "echo mine"), config)
        assert (result.outcome, result.begun, result.out) == ("unreachable", False, "")
        assert re.match(
            r"its host key is not known: SHA256:\S{43} \(ssh-ed25519\)\. .* add it: run"
            rf' "ssh -p {port} 127\.0\.0\.1" once',
            result.summary,
        ), result.summary
    assert servers.known.read_text() == before
    assert "Accepted" not in servers.log()


async def test_a_key_that_has_changed_is_told_from_one_that_is_new(servers: Servers) -> None:
    port = servers.start(["127.0.0.1"], known=False)
    servers.known.write_text(f"[127.0.0.1]:{port} {public(servers.key)}\n")
    result = await one(job([f"127.0.0.1:{port}"], "echo mine"), servers.config())
    assert result.outcome == "unreachable"
    assert result.summary.startswith("its host key is another than the one in known_hosts")


async def test_a_key_of_ours_that_is_not_taken_is_told(servers: Servers, tmp_path: Path) -> None:
    port = servers.start(["127.0.0.1"])
    config = servers.config("Host *\n IdentityFile /dev/null\n")
    config.write_text(config.read_text().replace(str(servers.key), "/dev/null"))
    result = await one(job([f"127.0.0.1:{port}"], "echo mine"), config)
    assert (result.outcome, result.begun) == ("unreachable", False)
    assert f'does "ssh -p {port} 127.0.0.1" get in without asking?' in result.summary


async def test_names_and_configuration_are_the_users_own(servers: Servers) -> None:
    """Aliases, accounts and ports of `~/.ssh/config`, hosts behind a jump host, URLs."""
    port = servers.start(["127.0.0.1", "127.0.0.2"])
    jump = servers.start(["127.0.0.3"])
    config = servers.config(
        f"Host web\n HostName 127.0.0.1\n Port {port}\n"
        f"Host far?\n HostName 127.0.0.2\n Port {port}\n ProxyJump root@127.0.0.3:{jump}\n"
    )
    far = [f"far{n}" for n in range(6)]
    work = job(["web", f"ssh://root@127.0.0.1:{port}", *far], "echo here")
    result = await run(work, config)
    assert result.state == "ok", result
    assert servers.log().count("Accepted publickey") == 1, "the jump host is met once"


async def test_keys_come_from_the_agent_and_files_that_are_not_there_do_not_matter(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `ssh` does it: the public half in the configuration, the private one in the agent."""
    port = servers.start(["127.0.0.1"])
    agent = tmp_path / "agent"
    # In the foreground, so that it is ours to end.
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(agent)], stdout=subprocess.DEVNULL)
    try:
        until(agent.exists, "the agent never came")
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        subprocess.run(["ssh-add", "-q", str(servers.key)], check=True)
        config = servers.config()
        config.write_text(
            f"IdentityFile {tmp_path}/%h_none\nIdentityFile {servers.key}.pub\n"
            + config.read_text().replace(f" IdentityFile {servers.key}\n", "")
        )
        result = await one(job([f"127.0.0.1:{port}"], "echo ${SSH_AUTH_SOCK:-none}"), config)
        assert (result.outcome, result.out) == ("ok", "none\n"), result.summary
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize(
    "name",
    ["-oProxyCommand=touch bad", "a b", "a\nb", "root@-x", "$(id)", "a;b", "", "x:y", "a\x1b[2J"],
)
async def test_a_name_that_is_none_never_reaches_a_connection(
    name: str, fifty: Fifty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FleetError, match="names no host") as caught:
        await ssh_fleet().hosts([fifty.hosts[0], name])
    assert str(caught.value).isprintable()
    result = await one(job([name], "echo mine"), fifty.config)
    assert (result.outcome, result.begun) == ("unreachable", False)
    assert list(tmp_path.iterdir()) == []


async def test_no_hosts_are_not_all_hosts_well() -> None:
    with pytest.raises(FleetError):
        await ssh_fleet().hosts([])
