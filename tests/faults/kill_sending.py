"""kill -9 of a program around the sending of an update, and what arrived where.

python -m tests.faults.kill_sending [--kills 100] [--seed 1]

Real log, real channels, real feed; the channels' server takes, dawdles, hangs, answers 500 before
or after it has taken something, rate-limits. A program sends an update and is killed at a random
moment around that; others go on, and may be killed as well, until nothing is open; a person looks
at what is unknown. Then what arrived is held against what the log says. Exit code 1 where an
acknowledged event is lost, a message is nowhere that the log says is there, or one is there twice
and the log does not say that it may be.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path

from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.events import Became
from runbook_tui.domain.messages.feed import FEED, entry_id
from runbook_tui.domain.messages.state import Delivery, Update
from tests.adapters.channels.servers import Connection, Server, Statuspage
from tests.e2e.site import living
from tests.faults import witness
from tests.faults.sender import RUN, must, session_of

LONGEST_LIFE = 1.6
"""Seconds from the sending to the kill, at most: an attempt at Apprise takes about one."""
PATIENCE = 60.0
_REFERENCE = re.compile(r"Ref (\S+/\d+)")
KINDS = ("chat", "page")
TEMPERS = {
    "takes": 50, "dawdles": 10, "takes, dawdles": 10, "500": 6, "takes, 500": 6, "429": 6,
    "takes, hangs": 6, "goes": 6,
}  # fmt: skip
"""What a channel does with a request, and how often."""
CONFIG = """\
[channels.chat]
kind = "apprise"
audience = "customers"
timeout = 1
url = "json://127.0.0.1:{chat}/"

[channels.page]
kind = "statuspage"
audience = "customers"
timeout = 1
url = "http://127.0.0.1:{page}/v1"
page = "abcd1234"
token = "sp-token-1122334455"
"""


@dataclass
class Channel:
    """A channel's server: counts what it has taken by its reference, in a temper of its own."""

    dice: random.Random
    taken: Counter[str] = field(default_factory=Counter)
    tempers: Counter[str] = field(default_factory=Counter)
    page: Statuspage | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, connection: Connection) -> None:
        temper = self.dice.choices(tuple(TEMPERS), tuple(TEMPERS.values()))[0]
        self.tempers[temper] += 1
        if temper == "dawdles":
            connection.closing.wait(self.dice.uniform(0, 0.8))
        elif temper == "500":
            connection.answer(500)
            return
        elif temper == "429":
            connection.answer(429, headers={"Retry-After": "1"})
            return
        elif temper == "goes":
            return
        status, body = self._take(connection)
        if temper == "takes, dawdles":
            connection.closing.wait(self.dice.uniform(0, 0.8))
        elif temper == "takes, hangs":
            connection.closing.wait(1.5)
            return
        elif temper == "takes, 500":
            status = 500
        connection.answer(status, body, {"Content-Type": "application/json"})

    def _take(self, connection: Connection) -> tuple[int, bytes]:
        with self._lock:
            request, status, document = connection.request, 200, object()
            if self.page is not None:
                status, document = self.page.route(request)
            if request.method != "GET" and status < 300:
                found = _REFERENCE.findall(request.body.decode())
                self.taken.update(set(found))
            return status, json.dumps(document if self.page is not None else {}).encode()


@dataclass
class Tally:
    """Counts over all kills."""

    kills: int = 0
    during_the_sending: int = 0
    """Kills after the update was acknowledged and before all of it was settled."""
    acknowledged: int = 0
    """Events that a program had said were recorded."""
    lost: int = 0
    """Of these, not in the log."""
    sent: int = 0
    """Updates in the log, each to two channels and the feed."""
    given_up_on: int = 0
    """Deliveries that failed too often, so that a person decided."""
    unknown: int = 0
    """Deliveries that a person was asked about."""
    unknown_and_there: int = 0
    looked_up: int = 0
    """Unknown deliveries that a look at the channel has settled."""
    arrived: int = 0
    twice_and_said: int = 0
    twice_and_not_said: int = 0
    nowhere_but_said_to_be: int = 0
    feed_wrong: int = 0

    def good(self) -> bool:
        """Whether every promise was kept."""
        wrong = self.lost + self.twice_and_not_said + self.nowhere_but_said_to_be
        return not wrong + self.feed_wrong

    def table(self) -> str:
        """For people, one count a line."""
        return "\n".join(
            f"{f.name.replace('_', ' '):<24} {getattr(self, f.name):>6}" for f in fields(self)
        )


@dataclass
class Campaign:
    """One home, one run, one update after the other."""

    home: Path
    dice: random.Random
    tally: Tally = field(default_factory=Tally)
    acknowledged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.channels = {name: Channel(random.Random(self.dice.random())) for name in KINDS}
        self.channels["page"].page = Statuspage()
        self.servers = {name: Server(channel) for name, channel in self.channels.items()}
        ports = {name: server.port for name, server in self.servers.items()}
        (self.home / "config.toml").write_text(CONFIG.format(**ports))
        (self.home / "config.toml").chmod(0o600)

    def close(self) -> None:
        """No process and no server is left."""
        for pid in living(self.home):
            os.kill(pid, signal.SIGKILL)
        for server in self.servers.values():
            server.close()

    def program(self, what: str) -> subprocess.Popen[bytes]:
        """A sender of this home."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sender", str(self.home), what],
            stdout=subprocess.PIPE,
            stderr=(self.home / "stderr").open("ab"),
            cwd=witness.ROOT,
            env={**os.environ, "HOME": str(self.home), "NO_PROXY": "*"},
        )

    def live(self) -> None:
        """One update, from its draft to the end of every delivery."""
        if not self._killed("send", certain=True):
            return
        while self.dice.random() < 0.3 and self._killed("settle", certain=False):
            pass
        self._to_the_end()
        while self._ask_a_person():
            self._to_the_end()

    def _killed(self, what: str, *, certain: bool) -> bool:
        """A program that is killed; whether it was before it had come to its end."""
        program = self.program(what)
        assert program.stdout is not None
        said = b""
        if certain:
            while b"begin\n" not in said:
                read = os.read(program.stdout.fileno(), 65_536)
                assert read, (self.home / "stderr").read_text()
                said += read
        witness.wait_until(time.monotonic() + self.dice.uniform(0, LONGEST_LIFE))
        program.send_signal(signal.SIGKILL)
        acks = self._heard(program, said)
        self.tally.kills += 1
        self.tally.during_the_sending += certain and bool(acks) and "end" not in acks
        return True

    def _heard(self, program: subprocess.Popen[bytes], before: bytes = b"") -> list[str]:
        try:
            out, _ = program.communicate(timeout=PATIENCE)
        finally:
            program.kill()
        words = (before + out).decode().split("\n")[:-1]
        self.acknowledged |= {word for word in words if len(word) == 40}
        return words

    def _to_the_end(self) -> None:
        program = self.program("settle")
        words = self._heard(program)
        assert words[-1:] == ["end"], (self.home / "stderr").read_text()

    def _ask_a_person(self) -> bool:
        """Looks at the channels, once nothing is on its way any more, and says what is there;
        whether there was anything to say."""
        end = time.monotonic() + PATIENCE
        while living(self.home) and time.monotonic() < end:
            time.sleep(0.02)
        session = session_of(self.home)
        left = [
            (update.number, known)
            for update in session.state.messages.sent
            for known in update.left()
        ]
        for number, known in left:
            name = known.to.channel
            there = self.channels[name].taken[entry_id(RUN, number)] > 0
            self.tally.given_up_on += known.status != "unknown"
            self.tally.unknown += known.status == "unknown"
            self.tally.unknown_and_there += known.status == "unknown" and there
            became: Became = "arrived" if there else "again"
            must(session.submit(mcmd.SettleDelivery(number, name, became, "I looked")))
        return bool(left)

    def count(self) -> Tally:
        """Holds what arrived against the log."""
        tally, session = self.tally, session_of(self.home)
        present = witness.present(self.home / "log.git", f"refs/heads/runs/{RUN}")
        tally.acknowledged = len(self.acknowledged)
        tally.lost = len(self.acknowledged - present)
        tally.looked_up = sum(
            getattr(recorded.entry.event, "looked", False) for recorded in session.entries
        )
        for update in session.state.messages.sent:
            tally.sent += 1
            for name, known in update.deliveries.items():
                if name != FEED:
                    self._count(update, name, known)
        self._count_feed(tuple(session.state.messages.sent))
        return tally

    def _count(self, update: Update, name: str, known: Delivery) -> None:
        tally, many = self.tally, self.channels[name].taken[entry_id(RUN, update.number)]
        tally.arrived += many
        if known.status != "delivered":
            self._wrong(f"update {update.number} on {name} ends as {known.status}")
            tally.nowhere_but_said_to_be += 1
        elif many == 0:
            self._wrong(f"update {update.number} is not at {name}, and the log says it is")
            tally.nowhere_but_said_to_be += 1
        elif many > 1 and known.doubtful:
            tally.twice_and_said += 1
        elif many > 1:
            self._wrong(f"update {update.number} is {many} times at {name}, and nobody says so")
            tally.twice_and_not_said += 1

    def _count_feed(self, sent: tuple[Update, ...]) -> None:
        told = (self.home / "feed" / "customers" / "status.md").read_text()
        for update in sent:
            if told.count(f"Update {update.number}: orders") != 1:
                self._wrong(f"the feed does not have update {update.number} once")
                self.tally.feed_wrong += 1

    def _wrong(self, what: str) -> None:
        print(f"VIOLATION: {what}", file=sys.stderr, flush=True)


def run(kills: int, seed: int, *, talk: bool = False) -> Tally:
    """Kills `kills` programs or a few more, and counts."""
    home = Path(tempfile.mkdtemp(prefix="kill-sending-"))
    campaign = Campaign(home, random.Random(seed))
    try:
        while campaign.tally.kills < kills:
            campaign.live()
            if talk:
                print(f"{campaign.tally.kills} kills", file=sys.stderr, flush=True)
        tally = campaign.count()
        sound, said = witness.whole(home / "log.git")
        if not sound:
            print(f"VIOLATION: git fsck: {said}", file=sys.stderr)
            tally.lost += 1
        if talk:
            for name, channel in campaign.channels.items():
                print(f"{name}: {dict(channel.tempers)}", file=sys.stderr)
    finally:
        campaign.close()
        shutil.rmtree(home, ignore_errors=True)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    begun = time.monotonic()
    tally = run(args.kills, args.seed, talk=True)
    print(tally.table())
    print(f"{'minutes':<24} {(time.monotonic() - begun) / 60:>6.1f}")
    return 0 if tally.good() else 1


if __name__ == "__main__":
    sys.exit(main())
