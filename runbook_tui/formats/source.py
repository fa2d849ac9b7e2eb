"""Bytes to text to nodes: reads YAML within bounds, and knows the place of everything it read.

A runbook is foreign. The file is measured before it is read; the text must be UTF-8 without
anything invisible in it; YAML is taken as a flat stream of events from the C parser, so nesting
costs no stack; and depth, size, aliases, tags, merge keys and duplicate keys are limited or refused
while the stream runs. The type of a scalar is not decided here but by what the model wants of it.
"""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from pathlib import Path

from runbook_tui.domain.text import safe_text
from runbook_tui.formats.problem import Location, fail

MAX_BYTES = 1024 * 1024
"""The largest file that is read."""

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_OTHER_MARKS = (
    (BOM_UTF32_LE, "UTF-32"),
    (BOM_UTF32_BE, "UTF-32"),
    (BOM_UTF16_LE, "UTF-16"),
    (BOM_UTF16_BE, "UTF-16"),
)


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of the regular file `path`, called `name` in messages.

    Raises RunbookError where it is missing, no regular file, unreadable or larger than `MAX_BYTES`;
    a file that is too large is not opened.
    """
    at = Location(name)
    try:
        _refuse_kind(path.stat(), at)
        # Not blocking: should a pipe have taken the file's place meanwhile, nothing hangs.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _refuse_kind(os.fstat(handle), at)
            with open(handle, "rb", closefd=False) as file:
                data = file.read(MAX_BYTES + 1)
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise fail(at, "no-file", "there is no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise fail(at, "unreadable", f"cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:  # it grew since it was measured
        raise _too_large(at, len(data))
    return data


def _refuse_kind(status: os.stat_result, at: Location) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise fail(at, "not-a-file", "is a folder", "name the runbook file in it")
    if not stat.S_ISREG(status.st_mode):
        raise fail(at, "not-a-file", "is not a regular file, and only those are read")
    if status.st_size > MAX_BYTES:
        raise _too_large(at, status.st_size)


def _too_large(at: Location, size: int) -> Exception:
    return fail(
        at,
        "too-large",
        f"is {size:,} bytes; a runbook file may have {MAX_BYTES:,} at most",
        "if it is a runbook, split it with include",
    )


def decode_text(data: bytes, name: str) -> str:
    """`data` as text with ``\\n`` line ends and without a byte order mark.

    Raises RunbookError where it is too large, binary, not UTF-8, or has characters in it that a
    terminal would obey or that a reader cannot see (what is shown must be what is run).
    """
    at = Location(name)
    if len(data) > MAX_BYTES:
        raise _too_large(at, len(data))
    for mark, encoding in _OTHER_MARKS:
        if data.startswith(mark):
            raise fail(at, "encoding", f"is {encoding}, not UTF-8", "save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        place = _place_of_byte(data, nul, name)
        raise fail(place, "binary", f"a NUL byte at offset {nul}: this is no text file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # With a mark the codec counts from behind it.
        bad = error.start + (len(data) - len(error.object))
        byte = data[bad]
        raise fail(
            _place_of_byte(data, bad, name),
            "encoding",
            f"byte 0x{byte:02x} at offset {bad} is not UTF-8",
            "save the file as UTF-8",
        ) from None
    text = text.replace("\r\n", "\n")
    refuse_invisible(text, at, in_file=True)
    return text


def refuse_invisible(text: str, at: Location, *, in_file: bool = False) -> None:
    """Raises RunbookError where `text` has a character that `safe_text` would replace.

    With `in_file` the place is counted out from the start of `text`, else it is `at`.
    """
    clean = safe_text(text)
    if clean == text:
        return
    index = next((i for i, (a, b) in enumerate(zip(text, clean, strict=False)) if a != b), 0)
    if in_file:
        line_start = text.rfind("\n", 0, index) + 1
        at = Location(at.file, text.count("\n", 0, index) + 1, index - line_start + 1)
    raise fail(
        at,
        "invisible-character",
        f"the character U+{ord(text[index]):04X} is invisible or controls the terminal",
        "delete it: what is shown must be what is run",
    )


def _place_of_byte(data: bytes, offset: int, name: str) -> Location:
    before = data[:offset]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    return Location(name, before.count(b"\n") + 1, column)
