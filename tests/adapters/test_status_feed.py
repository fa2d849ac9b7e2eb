"""The status feed in its folder: whole, merged, never rewritten, and nothing else touched."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from runbook_tui.adapters.status_feed import KEPT, FeedError, StatusFeed
from runbook_tui.domain.messages.feed import FeedEntry
from runbook_tui.formats.feed import append_only, json_feed
from tests.formats import feed_entries as fe

FILES = ["feed.atom", "feed.json", "index.html", "status.md"]
STORY = fe.story()


def feed_in(folder: Path, **other: object) -> StatusFeed:
    return StatusFeed(folder / "feed", fe.TITLE, **other)  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and time of every file."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def numbers(folder: Path, audience: str = "customers") -> list[int]:
    _, entries = json_feed.decode((folder / "feed" / audience / "feed.json").read_bytes())
    return [entry.number for entry in entries]


def sealed(folder: Path) -> list[str]:
    return list(append_only.read((folder / "feed/customers/status.md").read_bytes()))


def test_each_audience_has_its_own_folder_and_its_own_text(tmp_path: Path) -> None:
    audiences = ("customers", "internal", "executives")
    entries = [
        fe.entry(1, audience=audience, text=f"For {audience} only.") for audience in audiences
    ]
    feed_in(tmp_path).publish(entries)
    for audience in audiences:
        folder = tmp_path / "feed" / audience
        assert sorted(path.name for path in folder.iterdir()) == FILES
        for path in folder.iterdir():
            text = path.read_text(encoding="utf-8")
            assert f"For {audience} only." in text
            assert text.count(" only.") == 1


def test_publishing_the_same_again_changes_no_byte(tmp_path: Path) -> None:
    feed = feed_in(tmp_path)
    feed.publish(STORY)
    before = contents(tmp_path)
    feed.publish(STORY)
    feed.publish(list(reversed(STORY)))
    feed.publish(STORY[:3])
    feed.publish([])
    assert contents(tmp_path) == before


def test_nothing_to_publish_makes_nothing(tmp_path: Path) -> None:
    feed_in(tmp_path).publish([])
    assert not (tmp_path / "feed").exists()


def test_markdown_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "feed/customers/status.md"
    before = b""
    for number in range(1, len(STORY) + 1):
        feed_in(tmp_path).publish(STORY[:number])
        after = path.read_bytes()
        assert after.startswith(before)
        assert len(after) > len(before)
        before = after
    assert sealed(tmp_path) == [entry.id for entry in STORY]


def test_entries_of_other_runs_stay(tmp_path: Path) -> None:
    other = [fe.entry(n, run="earlier", at=fe.BEGAN - timedelta(days=9)) for n in (1, 2)]
    feed_in(tmp_path).publish(other)
    feed_in(tmp_path).publish(STORY)
    assert numbers(tmp_path) == [1, 2, 1, 2, 3, 4, 5, 6]
    page = (tmp_path / "feed/customers/index.html").read_text(encoding="utf-8")
    assert page.count("<article ") == 8
    assert page.index(f'id="{fe.RUN}/6"') < page.index('id="earlier/2"')


def test_the_last_entries_are_in_the_feeds_and_all_in_markdown(tmp_path: Path) -> None:
    entries = [fe.entry(number) for number in range(1, KEPT + 6)]
    feed_in(tmp_path).publish(entries)
    assert numbers(tmp_path) == list(range(6, KEPT + 6))
    assert len(sealed(tmp_path)) == KEPT + 5
    folder = tmp_path / "feed/customers"
    assert folder.joinpath("index.html").read_text().count("<article ") == KEPT
    assert "Older updates are in" in folder.joinpath("index.html").read_text()
    assert len(Xml.parse(folder / "feed.atom").findall("{*}entry")) == KEPT
    before = contents(tmp_path)
    feed_in(tmp_path).publish(entries)
    assert contents(tmp_path) == before


def test_names_stay_when_the_address_and_the_title_change(tmp_path: Path) -> None:
    feed_in(tmp_path, link="https://old.example.org").publish(STORY[:1])
    StatusFeed(tmp_path / "feed", "Another title", "https://new.example.org").publish(STORY[:2])
    document = json.loads((tmp_path / "feed/customers/feed.json").read_text())
    assert document["title"] == "Another title"
    assert document["feed_url"] == "https://new.example.org/customers/feed.json"
    ids = {item["id"] for item in document["items"]}
    ids |= {Xml.parse(tmp_path / "feed/customers/feed.atom").getroot().findtext("{*}id") or ""}
    assert all(each.startswith("tag:old.example.org,2026-11-24:") for each in ids)


def test_files_are_readable_whatever_the_umask_is(tmp_path: Path) -> None:
    entries = [fe.entry(1), fe.entry(1, audience="internal")]
    before = os.umask(0o077)
    try:
        (tmp_path / "feed").mkdir(mode=0o755)
        feed_in(tmp_path).publish(entries)
    finally:
        os.umask(before)
    for audience in ("customers", "internal"):
        for name in FILES:
            assert (tmp_path / "feed" / audience / name).stat().st_mode & 0o7777 == 0o644


def test_customers_may_look_and_others_are_let_in_by_people(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        feed_in(tmp_path).publish([fe.entry(1), fe.entry(1, audience="internal")])
    finally:
        os.umask(before)
    assert (tmp_path / "feed/customers").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "feed/internal").stat().st_mode & 0o777 == 0o750
    (tmp_path / "feed/internal").chmod(0o755)
    feed_in(tmp_path).publish([fe.entry(2, audience="internal")])
    assert (tmp_path / "feed/internal").stat().st_mode & 0o777 == 0o755


def test_a_web_server_sees_by_its_seconds_that_a_file_changed(tmp_path: Path) -> None:
    path = tmp_path / "feed/customers/index.html"
    seconds = []
    for number in (1, 2, 3):
        feed_in(tmp_path).publish(STORY[:number])
        seconds.append(int(path.stat().st_mtime))
    assert seconds[0] < seconds[1] < seconds[2]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("some seconds", "some hours"),
        lambda text: text + "\nNot so.\n",
        lambda text: text[:-20],
        lambda text: "",
    ],
    ids=["changed", "added", "cut", "emptied"],
)
def test_an_edited_file_is_left_alone_and_readers_are_told_all_the_same(
    tmp_path: Path, edit: Callable[[str], str]
) -> None:
    feed = feed_in(tmp_path)
    feed.publish(STORY[:2])
    path = tmp_path / "feed/customers/status.md"
    whole = path.read_text(encoding="utf-8")
    path.write_text(edit(whole), encoding="utf-8")
    for _ in range(2):
        with pytest.raises(FeedError, match=r"customers/status\.md was edited and is left as it"):
            feed.publish(STORY[:3])
    assert path.read_text(encoding="utf-8") == edit(whole)
    assert numbers(tmp_path) == [1, 2, 3]
    # Put back as it was, it is completed.
    path.write_text(whole, encoding="utf-8")
    feed.publish(STORY[:3])
    assert path.read_text(encoding="utf-8").startswith(whole)
    assert sealed(tmp_path) == [entry.id for entry in STORY[:3]]


def test_moved_away_it_is_written_anew_from_all_that_is_known(tmp_path: Path) -> None:
    feed_in(tmp_path).publish([fe.entry(1, run="earlier", at=fe.BEGAN - timedelta(days=9))])
    feed_in(tmp_path).publish(STORY)
    (tmp_path / "feed/customers/status.md").rename(tmp_path / "old.md")
    feed_in(tmp_path).publish(STORY)
    assert sealed(tmp_path) == ["earlier/1", *(entry.id for entry in STORY)]


def test_what_was_told_is_never_told_otherwise_under_its_id(tmp_path: Path) -> None:
    feed = feed_in(tmp_path)
    feed.publish(STORY[:2])
    before = contents(tmp_path)
    with pytest.raises(FeedError, match=r"/2 to customers is published with another text"):
        feed.publish([STORY[0], fe.entry(2, "start", text="It never happened."), STORY[2]])
    assert contents(tmp_path) == before


def test_one_id_with_two_texts_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="another text"):
        feed_in(tmp_path).publish([fe.entry(1), fe.entry(1, text="No.")])
    assert list((tmp_path / "feed/customers").iterdir()) == []


def test_one_audience_in_trouble_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    def both(number: int) -> list[FeedEntry]:
        return [
            fe.entry(each, audience=audience)
            for each in range(1, number + 1)
            for audience in ("customers", "internal")
        ]

    feed_in(tmp_path).publish(both(1))
    (tmp_path / "feed/customers/feed.json").write_text("{")
    with pytest.raises(FeedError, match=r"^customers/feed\.json is not as this program writes it"):
        feed_in(tmp_path).publish(both(2))
    assert numbers(tmp_path, "internal") == [1, 2]
    assert (tmp_path / "feed/customers/feed.json").read_text() == "{"


@pytest.mark.parametrize("name", ["index.html", "feed.atom", "feed.json", "status.md"])
def test_what_another_program_wrote_is_not_overwritten(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "feed/customers"
    folder.mkdir(parents=True)
    (folder / name).write_text("<h1>Our shop</h1>")
    with pytest.raises(FeedError):
        feed_in(tmp_path).publish(STORY)
    assert (folder / name).read_text() == "<h1>Our shop</h1>"


def test_a_rehearsal_does_not_go_where_people_wait_for_the_real_thing(tmp_path: Path) -> None:
    rehearsed = [fe.entry(1, run="rehearsal", rehearsal=True)]
    feed_in(tmp_path).publish(rehearsed)
    feed_in(tmp_path).publish([*rehearsed, fe.entry(2, run="rehearsal", rehearsal=True)])
    feed_in(tmp_path).publish(STORY)
    before = contents(tmp_path)
    with pytest.raises(FeedError, match="a rehearsal is not published where live updates are"):
        feed_in(tmp_path).publish([fe.entry(1, run="another", rehearsal=True)])
    assert contents(tmp_path) == before


def test_hostile_words_do_not_come_out_of_an_error(tmp_path: Path) -> None:
    feed_in(tmp_path).publish([fe.entry(1, id="x\x1b[31m/1")])
    with pytest.raises(FeedError) as caught:
        feed_in(tmp_path).publish([fe.entry(1, id="x\x1b[31m/1", text="other")])
    assert str(caught.value).isprintable()


def test_a_time_without_its_zone_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="without its zone"):
        feed_in(tmp_path).publish([fe.entry(1, at=datetime(2026, 11, 24))])  # noqa: DTZ001
    with pytest.raises(ValueError, match="address of a status feed"):
        feed_in(tmp_path, link="javascript:alert(1)")


def test_links_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    victim = outside / "victim"
    victim.write_text("untouched")
    for name in FILES:
        folder = tmp_path / name / "feed/customers"
        folder.mkdir(parents=True)
        (folder / name).symlink_to(victim)
        with pytest.raises(FeedError, match="a symbolic link, which is not followed"):
            feed_in(tmp_path / name).publish(STORY)
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed/customers").symlink_to(outside)
    with pytest.raises(FeedError, match=r"symbolic link|no folder is in the way"):
        feed_in(tmp_path).publish(STORY)
    (tmp_path / "lock/feed").mkdir(parents=True)
    (tmp_path / "lock/feed/.status-feed.lock").symlink_to(outside / "made")
    with pytest.raises(FeedError, match="symbolic link"):
        feed_in(tmp_path / "lock").publish(STORY)
    assert victim.read_text() == "untouched"
    assert list(outside.iterdir()) == [victim]


def test_a_pipe_in_the_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "feed/customers").mkdir(parents=True)
    os.mkfifo(tmp_path / "feed/customers/feed.json")
    with pytest.raises(FeedError, match="something that is no file is there"):
        feed_in(tmp_path).publish(STORY)


def test_a_folder_whose_disk_is_not_mounted_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"feed: it is not there$"):
        StatusFeed(tmp_path / "mnt/feed", fe.TITLE).publish(STORY)
    assert not (tmp_path / "mnt").exists()


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text("x")
    with pytest.raises(FeedError, match="something that is no folder is in the way"):
        feed_in(tmp_path).publish(STORY)


def as_somebody(publish: Callable[[], None]) -> str:
    """What FeedError says in a process without the rights of root; empty where there is none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = ""
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setegid(65_534)
                os.seteuid(65_534)
            publish()
        except FeedError as error:
            said = str(error)
        except BaseException as error:
            said = f"not expected: {error!r}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as file:
        said = file.read()
    os.waitpid(child, 0)
    return said


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that another user can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="feed-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_folder_that_can_only_be_read_is_told(open_path: Path) -> None:
    feed = feed_in(open_path)
    feed.publish(STORY[:1])
    before = contents(open_path)
    (open_path / "feed/.status-feed.lock").chmod(0o666)
    (open_path / "feed/customers").chmod(0o555)
    said = as_somebody(lambda: feed.publish(STORY[:2]))
    (open_path / "feed/customers").chmod(0o755)
    assert said == (
        "the status feed cannot be written: customers/status.md: this user may not write there"
    )
    assert contents(open_path) == before


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_is_told_and_what_was_published_stays_whole(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        feed = feed_in(disk)
        feed.publish(STORY[:1])
        before = contents(disk / "feed/customers")
        filler = disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        with pytest.raises(FeedError, match=r"customers/status\.md: no room is left on the disk$"):
            feed.publish(STORY[:2])
        assert contents(disk / "feed/customers") == before
        filler.unlink()
        feed.publish(STORY[:2])
        assert numbers(disk) == [1, 2]
    finally:
        subprocess.run(["umount", disk], check=True)
