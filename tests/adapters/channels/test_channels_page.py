"""The examples of docs/channels.md are what they show."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from runbook_tui.adapters.channels.config import COMMON, FEED, KINDS
from runbook_tui.adapters.channels.job import GROUP
from runbook_tui.adapters.channels.statuspage import _INCIDENT, _MAINTENANCE
from runbook_tui.adapters.config import read_config

from .conftest import carrier, outgoing

PAGE = Path(__file__).parents[3].joinpath("docs", "channels.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def test_the_configuration_is_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(blocks("toml")[0])
    given = {"RUNBOOK_TUI_CHANNELS_STATUS_PAGE_TOKEN": "sp-token-1122334455"}
    found = read_config(file, given)
    assert {each.channel.kind for each in found.channels} == set(KINDS)
    assert found.feed is not None


def test_every_setting_is_documented() -> None:
    table = "".join(re.findall(r"^\| (`[^|]+) \|", PAGE, re.M))
    for kind in KINDS.values():
        for key in (*COMMON, *kind.required, *kind.optional):
            assert f"`{key}`" in table, key
    assert all(f"`{key}`" in PAGE.split("## The status feed")[1] for key in FEED)


def test_the_statuses_are_the_documented_ones() -> None:
    for kind, maintenance in _MAINTENANCE.items():
        [row] = re.findall(rf"^\| (?:[a-z, -]+, )?{kind}(?:, [a-z, -]+)? \|(.*)$", PAGE, re.M)
        assert f"`{_INCIDENT[kind]}`" in row
        assert f"`{maintenance}`" in row if maintenance else "as it is" in row


async def test_the_extension_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [points] = tomllib.loads(blocks("toml")[1])["project"]["entry-points"].items()
    assert points == (GROUP, {"spool": "acme_spool:Spool"})
    (tmp_path / "acme_spool.py").write_text(blocks("python")[0])
    info = tmp_path / "acme_spool-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-spool\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nspool = acme_spool:Spool\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "spool").mkdir()
    channels = carrier("spool", folder=str(tmp_path / "spool"))

    async def looked() -> str:
        found = await channels.look("it", outgoing())
        return found.words if found else ""

    assert await looked() == "it is not there"
    assert (await channels.deliver("it", outgoing())).words == "written"
    assert (await channels.deliver("it", outgoing())).words == "it was there already"
    assert await looked() == "it is there"
