"""What checks need of the world beyond files: programs, the network, documents. Given to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec import Struct

Document = TypeVar("Document", bound=Struct)


@dataclass(frozen=True)
class Answer:
    """How a program ended. `exit`: negative is a signal, None where it did not end by itself."""

    exit: int | None
    out: bytes = b""
    err: bytes = b""
    trouble: str = ""
    """Why it has no exit code: it is not here, may not be run, or took too long. In words."""
    cut: bool = False
    """Whether there was more output than was kept."""


class Tools(Protocol):
    """Runs programs: no shell, an empty standard input unless given, never left behind."""

    def find(self, name: str) -> str | None:
        """Where the program is: one that came with us, else one on the path; None: not here."""

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        limit: float = 60.0,
    ) -> Answer:
        """Runs it to its end, `limit` seconds at most. `env` comes on top of our own."""

    def lines(
        self, argv: Sequence[str], *, cwd: Path | None = None, limit: float = 600.0
    ) -> Iterator[bytes]:
        """Its output line by line, without their ends, while it runs; ended when closed.

        Raises ToolError where it cannot be started, takes longer than `limit` seconds, or ends
        with an exit code that is neither 0 nor 1 (1 says that nothing was found).
        """


class ToolError(Exception):
    """A program could not do its work; the message says which, and why, in words."""


@dataclass(frozen=True)
class Reply:
    """What an HTTP server answered; status 0 and `trouble` where it did not."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in small letters."""
    trouble: str = ""


class Network(Protocol):
    """The network, each thing with its own time limit in seconds. Nothing here raises."""

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, limit: float = 10.0
    ) -> Reply:
        """One GET of an `http:` or `https:` address, at most 1 MiB of it; follows no redirect."""

    def connect(self, host: str, port: int, *, limit: float = 3.0) -> str:
        """Empty where a TCP connection was made (and closed), else why not, in words."""

    def presented(
        self, host: str, port: int, *, name: str = "", limit: float = 10.0
    ) -> tuple[tuple[bytes, ...], str]:
        """The certificates (DER) that a TLS server sends, leaf first, nothing verified; and why
        there are none. `name`: what to ask for (SNI), the host where it is empty.
        """


class BadDocumentError(Exception):
    """A file that says something else than it should; every mistake as ``file:line:col: …``."""


class Documents(Protocol):
    """Reads YAML."""

    def read(self, path: Path, kind: type[Document]) -> Document:
        """The document of a file. Raises BadDocumentError, OSError."""

    def scalars(self, text: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
        """Every scalar of a YAML stream: its path of keys and list positions, its text, its line.

        Raises BadDocumentError where it is no YAML.
        """
