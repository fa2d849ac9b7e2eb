"""Looks through a tree for lines that match, batch by batch: ripgrep finds them where it is here.

ripgrep and Python's `re` must mean the same by a pattern: ASCII classes, no look-around, no line
ends, nothing that is a byte beyond 127. Rules that need more look at the lines that come out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runbook_tui.preflight.ports import ToolError, Tools
from runbook_tui.preflight.scan.batches import Aside, Patterns, ahead, batches
from runbook_tui.preflight.scan.files import Found
from runbook_tui.preflight.scan.lines import read_lines
from runbook_tui.preflight.trees import Tree

CUT = 1024**2 - 1
"""Bytes of ripgrep's output line from which it was cut on the way and is read again."""
OFTEN_FILES = 100
"""Files read by Python after which progress is told."""
OFTEN = 2_000
"""Lines after which there is a chance to be ended."""
OPTIONS = (
    "--no-config", "--no-messages", "--no-unicode", "--no-mmap", "--text", "-j2", "--color=never",
    "--no-heading", "--with-filename", "--line-number", "--null", "--no-ignore", "--hidden",
)  # fmt: skip


@dataclass(slots=True)
class Hits:
    """A file with the lines of it that match: their numbers from 1, their bytes without ends."""

    path: str
    """Absolute."""
    name: str
    """Its name in the tree: ``etc/x.conf``."""
    lines: list[tuple[int, bytes]]


@dataclass
class Looked:
    """What was looked at, filled in while it goes on."""

    files: int = 0
    """Those searched."""
    size: int = 0
    """Bytes of those."""
    binary: list[str] = field(default_factory=list)
    passed_over: int = 0
    """Files that the check wants nothing of."""
    trouble: list[tuple[str, str]] = field(default_factory=list)
    """Paths that were not looked at, or not to their end, each with why."""
    slow: bool = False
    """Whether ripgrep is not here, so that Python did it."""

    def __str__(self) -> str:
        return f"{self.files:,} files, {self.size / 1024**2:.1f} MiB"


class Scan:
    """A search through one tree.

    `choose`: for the name of a file in the tree (``etc/x.conf``), what is looked for in it; None:
    nothing. `always`: whether a file is wanted whole, all its lines.
    """

    def __init__(
        self,
        tree: Tree,
        tools: Tools,
        choose: Callable[[str], Patterns | None],
        always: Callable[[str], bool] = lambda _path: False,
        tell: Callable[[str], None] = lambda _words: None,
    ) -> None:
        self._tree = tree
        self._tools = tools
        self._choose = choose
        self._always = always
        self._tell = tell
        self._rg = tools.find("rg")
        self._folder = os.fspath(tree.root if tree.root.is_dir() else tree.root.parent)
        self.looked = Looked(slow=self._rg is None)

    def run(self) -> Iterator[Hits | None]:
        """The files with lines that match, in no order; None now and then."""
        skip = len(self._folder.rstrip("/")) + 1
        aside = Aside()
        every = batches(self._tree, skip, self._choose, self._always, aside)
        for batch in ahead(every):
            if self._rg is None or batch.alone or batch.patterns is None:
                for file in batch.files:
                    yield self._read(file.path, batch.patterns)
                    self._count(file)
                    if self.looked.files % OFTEN_FILES == 0:
                        self._tell(str(self.looked))
            else:
                yield from self._search(batch.patterns, batch.files)
        self.looked.binary += aside.binary
        self.looked.passed_over += aside.passed_over
        self.looked.trouble += aside.unreadable

    def _count(self, *files: Found) -> None:
        self.looked.files += len(files)
        self.looked.size += sum(file.size for file in files)

    def _search(self, patterns: Patterns, batch: Sequence[Found]) -> Iterator[Hits | None]:
        assert self._rg is not None
        argv = [self._rg, *OPTIONS]
        for pattern in patterns:
            argv += ["-e", pattern]
        skip = len(self._folder.rstrip("/")) + 1
        argv += ["--", *(file.path[skip:] for file in batch)]
        stop = None
        try:
            yield from self._parsed(self._tools.lines(argv, cwd=Path(self._folder)))
        except ToolError as error:
            stop = str(error)
        if stop is not None:
            self._blame(batch, stop)
        self._count(*batch)
        self._tell(str(self.looked))
        yield None

    def _parsed(self, output: Iterator[bytes]) -> Iterator[Hits | None]:
        current, hits = b"", Hits("", "", [])
        for count, raw in enumerate(output):
            name, _, rest = raw.partition(b"\0")
            number, _, text = rest.partition(b":")
            if name != current:
                if hits.lines:
                    yield hits
                current = name
                inside = os.fsdecode(name)
                hits = Hits(f"{self._folder.rstrip('/')}/{inside}", inside, [])
            at = int(number)
            if len(raw) >= CUT:
                text = self._again(hits.path, at)
            hits.lines.append((at, text))
            if count % OFTEN == 0:
                yield None
        if hits.lines:
            yield hits

    def _again(self, path: str, wanted: int) -> bytes:
        try:
            for number, line, cut in read_lines(path):
                if number == wanted:
                    if cut:
                        self._too_long(path, number)
                    return line
        except OSError as error:
            self.looked.trouble.append((path, error.strerror or str(error)))
        return b""

    def _too_long(self, path: str, number: int) -> None:
        self.looked.trouble.append((path, f"line {number} is too long to be looked at whole"))

    def _blame(self, batch: Sequence[Found], why: str) -> None:
        """Names those files of a failed batch that cannot be read; where it is none, all."""
        unreadable: list[tuple[str, str]] = []
        if "ended with 2" not in why:
            self.looked.trouble += [(file.path, why) for file in batch]
            return
        for file in batch:
            try:
                os.close(os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK))
            except OSError as error:
                unreadable.append((file.path, error.strerror or str(error)))
        self.looked.trouble += unreadable or [(file.path, why) for file in batch]

    def _read(self, path: str, patterns: Patterns | None) -> Hits:
        wanted = _compiled(patterns) if patterns is not None else None
        hits = Hits(path, path[len(self._folder.rstrip("/")) + 1 :], [])
        try:
            for number, line, cut in read_lines(path):
                if wanted is None or wanted.search(line):
                    hits.lines.append((number, line))
                if cut:
                    self._too_long(path, number)
        except OSError as error:
            self.looked.trouble.append((path, error.strerror or str(error)))
        return hits


_cache: dict[Patterns, re.Pattern[bytes]] = {}


def _compiled(patterns: Patterns) -> re.Pattern[bytes]:
    """As ripgrep means them: each by itself, its flags at its own beginning."""
    if patterns not in _cache:
        alone = (re.sub(r"^\(\?i\)(.*)$", r"(?i:\1)", each) for each in patterns)
        _cache[patterns] = re.compile("|".join(f"(?:{each})" for each in alone).encode())
    return _cache[patterns]
