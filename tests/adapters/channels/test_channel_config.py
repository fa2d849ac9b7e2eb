"""Channels and the feed in the configuration: what they say, what is wrong with them, and that no
secret of theirs is in anything that is said."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from runbook_tui.adapters.channels.config import ChannelConfig, FeedConfig
from runbook_tui.adapters.channels.secret import secrets_of
from runbook_tui.adapters.config import Config, ConfigError, read_config
from runbook_tui.domain.messages.channels import Channel
from runbook_tui.domain.redact import Redactor

TOKEN = "sp-token-1122334455"
WHOLE = f"""
theme = "light"

[channels.status-page]
kind = "statuspage"
audience = "customers"
recipients = "everybody who subscribed"
longest = 2000
timeout = 5
page = "abcd1234"
token = "{TOKEN}"
components = ["cmp1", "cmp2"]
deliver-notifications = false

[channels.team]
kind = "apprise"
audience = "internal"
rehearsal = true
url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F/#general"

[channels.own-page]
kind = "cachet"
audience = "customers"
url = "https://status.example.org"
token = "1|cachet-99887766"
component = 7

[channels.boss]
kind = "by-hand"
audience = "executives"

[feed]
folder = "/srv/www/status"
title = "Order service"
link = "https://status.example.org/feed"
"""


def read(folder: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    path = folder / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return read_config(path, environment or {})


def settings(config: ChannelConfig) -> dict[str, str]:
    return {key: value.reveal() for key, value in config.settings.items()}


def test_everything_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found.theme == "light"
    assert [each.channel for each in found.channels] == [
        Channel(
            name="status-page",
            kind="statuspage",
            audience="customers",
            recipients="everybody who subscribed",
            longest=2000,
        ),
        Channel(name="team", kind="apprise", audience="internal", rehearsal=True),
        Channel(name="own-page", kind="cachet", audience="customers"),
        Channel(name="boss", kind="by-hand", audience="executives"),
    ]
    assert [each.timeout for each in found.channels] == [5, 10, 10, 10]
    assert settings(found.channels[0]) == {
        "page": "abcd1234",
        "token": TOKEN,
        "components": "cmp1,cmp2",
        "deliver-notifications": "false",
        "url": "https://api.statuspage.io/v1",
    }
    assert settings(found.channels[2])["component"] == "7"
    assert found.feed == FeedConfig(
        folder="/srv/www/status", title="Order service", link="https://status.example.org/feed"
    )
    assert found.warnings == ()


def test_the_environment_wins_and_is_enough(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        WHOLE,
        {
            "RUNBOOK_TUI_CHANNELS_STATUS_PAGE_TOKEN": "other-token",
            "RUNBOOK_TUI_CHANNELS_STATUS_PAGE_DELIVER_NOTIFICATIONS": "yes",
            "RUNBOOK_TUI_CHANNELS_STATUS_PAGE_COMPONENTS": "a, b",
            "RUNBOOK_TUI_CHANNELS_STATUS_PAGE_TIMEOUT": "2.5",
            "RUNBOOK_TUI_CHANNELS_STATUS_KIND": "apprise",
            "RUNBOOK_TUI_CHANNELS_STATUS_AUDIENCE": "executives",
            "RUNBOOK_TUI_CHANNELS_STATUS_URL": "json://localhost",
            "RUNBOOK_TUI_CHANNELS_TEAM_REHEARSAL": "0",
            "RUNBOOK_TUI_CHANNELS_TEAM_RECIPIENTS": "",
            "RUNBOOK_TUI_FEED_FOLDER": "/elsewhere",
            "RUNBOOK_TUI_FEED_REHEARSAL": "true",
        },
    )
    by_name = {each.channel.name: each for each in found.channels}
    assert list(by_name) == ["status-page", "team", "own-page", "boss", "status"]
    page = settings(by_name["status-page"])
    assert (page["token"], page["components"]) == ("other-token", "a,b")
    assert page["deliver-notifications"] == "true"
    assert by_name["status-page"].timeout == 2.5
    assert by_name["status"].channel == Channel(
        name="status", kind="apprise", audience="executives"
    )
    assert by_name["team"].channel.rehearsal is False
    assert found.feed is not None
    assert (found.feed.folder, found.feed.rehearsal) == ("/elsewhere", True)


def test_by_environment_alone_there_need_be_no_file(tmp_path: Path) -> None:
    found = read_config(
        tmp_path / "none.toml",
        {
            "RUNBOOK_TUI_CHANNELS_CALL_KIND": "by-hand",
            "RUNBOOK_TUI_CHANNELS_CALL_AUDIENCE": "internal",
        },
    )
    assert [each.channel.name for each in found.channels] == ["call"]
    assert found.feed is None


PAGE = '[channels.p]\nkind = "statuspage"\naudience = "customers"\npage = "x"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channels = 3", ":1: channels is a table of tables"),
        ("\n[channels]\np = 3", ":3: a channel is a table"),
        ('[channels."A B"]\nkind = "by-hand"', ":1: 'A B' is no name of a channel"),
        ('[channels.a_b]\nkind = "by-hand"', ":1: 'a_b' is no name of a channel"),
        ('\n[channels.p]\naudience = "internal"', ":2: channel p has no kind: statuspage"),
        ('[channels.p]\nkind = "by-hand"', ":1: channel p has no audience: customers"),
        (
            '[channels.p]\nkind = "statupage"',
            ":2: unknown kind 'statupage', did you mean statuspage",
        ),
        ("[channels.p]\nkind = 7", ":2: kind wants text"),
        (PAGE.replace("customers", "all") + f'token = "{TOKEN}"', ":3: audience wants one of cust"),
        (PAGE, ":1: channel p has no token, which statuspage wants"),
        (PAGE + f'tokn = "{TOKEN}"', ":5: unknown key tokn of statuspage, did you mean token?"),
        (PAGE + 'token = "abc"', ":5: token wants 4 characters at least"),
        (PAGE + f'token = "{TOKEN} x"', ":5: token wants letters, digits and signs"),
        (PAGE + f'token = "{TOKEN}\\u00e9"', ":5: token wants letters, digits and signs"),
        (PAGE + f'token = ["{TOKEN}"]', ":5: token wants text"),
        (PAGE + f'token = "{TOKEN}"\ntimeout = 0.5', ":6: timeout wants seconds from 1 to 60"),
        (PAGE + f'token = "{TOKEN}"\ntimeout = nan', ":6: timeout wants seconds from 1 to 60"),
        (PAGE + f'token = "{TOKEN}"\nlongest = 0', ":6: longest wants a number"),
        (PAGE + f'token = "{TOKEN}"\nlongest = true', ":6: longest wants a number"),
        (PAGE + f'token = "{TOKEN}"\nrehearsal = 3', ":6: rehearsal wants true or false"),
        (PAGE + f'token = "{TOKEN}"\ncomponents = 3', ":6: components wants a list"),
        (PAGE + f'token = "{TOKEN}"\nurl = "ftp://{TOKEN}"', ":6: url wants an address"),
        (PAGE + f'token = "{TOKEN}"\nurl = "https://u:{TOKEN}@h"', ":6: url wants an address"),
        (PAGE + f'token = "{TOKEN}"\nurl = "https://h:{TOKEN}"', ":6: url wants an address"),
        ('[channels.p]\nkind = "by-hand"\nurl = "x"', ":3: unknown key url of by-hand"),
        ("feed = 3", ":1: feed is a table"),
        ('[feed]\ntitle = "x"', ":2: feed has no folder"),
        ('[feed]\nfolder = "/x"\nfoldr = "/y"', ":3: unknown key foldr, did you mean folder?"),
        ('[feed]\nfolder = "/x"\nlink = "x"', ":3: link wants an address"),
        ('[chanels.p]\nkind = "by-hand"', ":1: unknown key chanels, did you mean channels?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_without_its_value(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert f"{tmp_path}/config.toml{words}" in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN not in shown


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("RUNBOOK_TUI_CHANNELS_X_TOKEN", TOKEN, "no channel has this name"),
        ("RUNBOOK_TUI_CHANNELS_X_KIND", "fax", "unknown kind 'fax'"),
        ("RUNBOOK_TUI_CHANNELS__KIND", "apprise", "is no name of a channel"),
        ("RUNBOOK_TUI_CHANNELS_BOSS_TIMEOUT", "1e9", "timeout wants seconds"),
        ("RUNBOOK_TUI_FEED_FOLDERS", "/x", "unknown key folders, did you mean folder?"),
    ],
)
def test_a_mistake_in_the_environment_is_told_with_its_variable(
    tmp_path: Path, variable: str, value: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, WHOLE, {variable: value})
    assert str(caught.value).startswith(f"{variable}: ")
    assert words in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_no_secret_has_a_representation(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    shown = f"{found} {found!r} {found.channels} {[c.settings for c in found.channels]}"
    for secret in secrets_of(found.channels).values():
        assert secret not in shown
    assert "abcd1234" not in shown


def test_all_secrets_are_known_to_a_redactor(tmp_path: Path) -> None:
    channels = read(
        tmp_path,
        WHOLE,
        {
            "RUNBOOK_TUI_CHANNELS_MAIL_KIND": "apprise",
            "RUNBOOK_TUI_CHANNELS_MAIL_AUDIENCE": "internal",
            "RUNBOOK_TUI_CHANNELS_MAIL_URL": "mailtos://boss:p%40ss1234@mail.example.org/services"
            "?+X-Key=hdr-Secret-1&to=operations",
        },
    ).channels
    secrets = secrets_of(channels)
    assert secrets["channel status-page: token"] == TOKEN
    assert secrets["channel own-page: token"] == "1|cachet-99887766"
    assert secrets["channel mail: url password"] == "p%40ss1234"
    assert secrets["channel mail: url password, decoded"] == "p@ss1234"
    redactor = Redactor(secrets)
    for leak in (
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F/#general",
        "POST https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F",
        "X-Key: hdr-Secret-1",
        "login p@ss1234",
    ):
        assert not re.search("T1JJ3|A1BRT|TIiaj|hdr-S|ss1234", redactor.text(leak))
    plain = "boss at mail.example.org, services of operations, general, status.example.org"
    assert redactor.text(plain) == plain


def test_a_file_that_others_may_read_is_warned_of(tmp_path: Path) -> None:
    read(tmp_path, WHOLE)
    path = tmp_path / "config.toml"
    path.chmod(0o640)
    [warning] = read_config(path, {}).warnings
    assert warning == f"{path}: holds secrets and others may read it (mode 640): chmod 600"
    path.write_text('[channels.p]\nkind = "statuspage"\naudience = "customers"\npage = "x"\n')
    path.chmod(0o644)
    given = {"RUNBOOK_TUI_CHANNELS_P_TOKEN": TOKEN}
    assert read_config(path, given).warnings == ()  # no secret is in it


def test_a_token_that_can_be_read_on_the_way_is_warned_of(tmp_path: Path) -> None:
    text = PAGE + f'token = "{TOKEN}"\nurl = "http://%s/v1"\n'
    assert read(tmp_path, text % "127.0.0.1:8080").warnings == ()
    [warning] = read(tmp_path, text % "status.example.org").warnings
    assert "config.toml:6: channel p: http, so its token can be read on the way" in warning


def test_reading_it_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(WHOLE)
    code = (
        "import sys, pathlib; from runbook_tui.adapters.config import read_config\n"
        f"read_config(pathlib.Path({str(tmp_path / 'config.toml')!r}), {{}})\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "runbook_tui.adapters.channels.config" in loaded
    assert (
        loaded & {"requests", "apprise", "asyncio", "urllib3", "ssl", "importlib.metadata"} == set()
    )


def test_the_name_of_the_programs_own_feed_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[channels.status-feed]\nkind = "by-hand"\naudience = "customers"\n')
    with pytest.raises(ConfigError, match=r"config\.toml:1: status-feed is the program's own"):
        read_config(file, {})
