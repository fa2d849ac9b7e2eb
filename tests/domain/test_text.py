"""Foreign text: nothing in it reaches a terminal raw, and no secret reaches the log."""

from __future__ import annotations

import base64
import json
import sys
import time
import unicodedata
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.redact import MARK, Redactor, redact
from runbook_tui.domain.text import safe_line, safe_text

ANY_TEXT = st.text(alphabet=st.characters(), max_size=40)
"""Lone surrogates included."""

PASSWORD = "tr0ub4dor&3/xyz"
PEM = "\n".join(
    (
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ",
        "QyNTUxOQAAACBsZWFr",
        "-----END OPENSSH PRIVATE KEY-----",
    )
)


def _obeyed_or_unseen(char: str) -> bool:
    kind = unicodedata.category(char)
    if char in "\n\t":
        return False
    if kind in ("Cc", "Cs", "Zl", "Zp"):
        return True
    # Format characters are unseen, but for the few that Arabic and other scripts write with.
    return kind == "Cf" and not unicodedata.name(char, "").startswith(
        ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN")
    )


def test_no_code_point_that_a_terminal_obeys_or_nobody_sees_gets_through() -> None:
    left = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if _obeyed_or_unseen(chr(code)) and chr(code) in safe_text(f"a{chr(code)}b")
    ]
    # ARABIC LETTER MARK is a bidirectional control whatever its name begins with.
    assert left == []
    assert "\u061c" not in safe_text("a\u061cb")


@pytest.mark.parametrize("hidden", list("\u00ad\u034f\u115f\u3164\uffa0\u180e\u200b\u2066\ufeff"))
def test_what_hides_letters_is_made_visible(hidden: str) -> None:
    assert safe_text(f"rm{hidden} -rf") == "rm\ufffd -rf"


def test_letters_of_every_script_and_emoji_stay_as_they_are() -> None:
    for text in ("größer", "größe\u0301", "数据库", "שלום", "ไทย", "हिन्दी", "⚠️ ✓ ▶", "a\tb\nc"):
        assert safe_text(text) == text


def test_escape_sequences_become_pictures_that_show_what_was_there() -> None:
    assert safe_text("\x1b]52;c;ZXZpbA==\x07") == "␛]52;c;ZXZpbA==␇"
    assert safe_text("\x9b31m") == "\ufffd31m"
    assert safe_text("50%\r100%\r\n") == "50%␍100%\n"


@given(ANY_TEXT)
def test_safe_text_is_safe_once_and_for_all(text: str) -> None:
    safe = safe_text(text)
    assert not any(_obeyed_or_unseen(char) for char in safe)
    assert safe_text(safe) == safe
    safe.encode()


@given(ANY_TEXT, st.integers(0, 12))
def test_a_safe_line_is_one_line_of_the_length_asked_for(text: str, limit: int) -> None:
    line = safe_line(text, limit)
    assert "\n" not in line
    assert "\t" not in line
    assert not limit or len(line) <= limit
    assert safe_line(line, limit) == line


def test_the_words_of_a_text_survive_in_a_line() -> None:
    assert safe_line("  two\n\n  lines\tand a  gap ") == "two lines and a  gap"
    assert safe_line("migrate the schema", 10) == "migrate t…"


# --- redaction by value


def _base64_anywhere(value: str) -> list[str]:
    """The value in the middle of something encoded, at each of the three alignments."""
    return [base64.b64encode(f"{lead}{value}\n".encode()).decode() for lead in ("", "u", "u:")]


@pytest.mark.parametrize(
    "line",
    [
        PASSWORD,
        f"psql: FATAL: {PASSWORD} is wrong",
        f"x{PASSWORD}{PASSWORD}y",
        f"https://app:{quote(PASSWORD, safe='')}@db/",
        f"?pw={quote_plus(PASSWORD)}&x=1",
        json.dumps({"k": PASSWORD}),
        f"\x1b[31m{PASSWORD}\x1b[0m",
        f"{PASSWORD[:5]}\x1b[1;32m{PASSWORD[5:]}",
    ],
)
def test_a_secret_is_taken_out_in_every_form_it_is_written(line: str) -> None:
    told = Redactor({"db_password": PASSWORD}).line(line)
    assert PASSWORD not in told
    assert quote(PASSWORD, safe="") not in told
    assert "‹redacted" in told


@pytest.mark.parametrize("value", ["hunter22", 'a"quoted\\one', "naïve geheimnis", "x" * 31])
def test_a_secret_is_recognised_in_base64_wherever_it_stands_in_it(value: str) -> None:
    redactor = Redactor({"pw": value})
    for encoded in _base64_anywhere(value):
        told = redactor.line(f"header: {encoded}")
        assert "‹redacted:pw›" in told
        # What is left are single letters at the seams: too little to decode any of it.
        assert len(told) < len("header: ‹redacted:pw›") + 12
        assert base64.urlsafe_b64encode(f"{value}".encode()).decode() not in redactor.line(
            base64.urlsafe_b64encode(value.encode()).decode()
        )


@pytest.mark.parametrize("value", ["hunter22", "naïve geheimnis", "x1y2" * 20])
@pytest.mark.parametrize("upper", [False, True])
def test_a_secret_is_recognised_in_hex(value: str, upper: bool) -> None:
    coded = value.encode().hex()
    coded = coded.upper() if upper else coded
    redactor = Redactor({"pw": value})
    assert redactor.line(f"dump {coded}0a") == "dump ‹redacted:pw›0a"
    dump = "\n".join(coded[n : n + 60] for n in range(0, len(coded), 60))  # as xxd -p writes it
    told = redactor.text(dump)
    assert set(told.split("\n")) == {"‹redacted:pw›"}


def test_a_secret_in_json_is_recognised_with_its_escapes() -> None:
    secret = 'say "x\\y" ü'
    for written in (json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        assert Redactor({"pw": secret}).line(written) == '"‹redacted:pw›"'


@given(st.text(min_size=4, max_size=12), st.text(max_size=6), st.text(max_size=6))
def test_no_text_around_a_secret_keeps_it_in(secret: str, before: str, after: str) -> None:
    told = redact(f"{before}{secret}{after}", {"pw": secret})
    if len(secret.strip()) >= 4 and secret not in "‹redacted:pw›":
        assert told.count(secret) <= (before + "‹redacted:pw›" + after).count(secret)


def test_a_secret_with_a_line_end_after_it_is_recognised_without() -> None:
    # As it comes out of a file: `-p pw="$(cat file; echo)"`.
    assert Redactor({"pw": "hunter2\n"}).line("it is hunter2!") == "it is ‹redacted:pw›!"


def test_a_secret_of_several_lines_is_taken_out_line_by_line_and_whole() -> None:
    secret = "first line\nsecond line\nabc"
    assert redact(f"<{secret}>", {"k": secret}) == "<‹redacted:k›>"
    stream = Redactor({"k": secret})
    assert [stream.line(x) for x in ("[first line]", "second line")] == [
        "[‹redacted:k›]",
        "‹redacted:k›",
    ]


def test_the_longer_of_two_secrets_wins_where_one_holds_the_other() -> None:
    assert redact("hunter2hunter", {"a": "hunter", "b": "hunter2"}) == "‹redacted:b›‹redacted:a›"


# --- redaction by shape


def test_a_private_key_in_a_stream_is_taken_out_over_all_its_lines() -> None:
    redactor = Redactor()
    told = [redactor.line(line) for line in f"before\nkey: {PEM} tail\nafter".split("\n")]
    assert told == ["before", f"key: {MARK}", MARK, MARK, f"{MARK} tail", "after"]


def test_a_private_key_on_one_line_or_cut_off_is_taken_out() -> None:
    one_line = PEM.replace("\n", " ")
    assert redact(f"a {one_line} b") == f"a {MARK} b"
    assert "b3BlbnNz" not in redact(PEM.rsplit("\n", 1)[0])


@pytest.mark.parametrize(
    "token",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2_" * 9,
        "glpat-" + "a1B2-" * 4,
        "xoxb-1234567890-abc",
        "sk_live_" + "a1B2" * 5,
        "AIza" + "a" * 35,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.c2lnbmF0dXJl",
    ],
)
@pytest.mark.parametrize("frame", ["{}", "got {}.", "x={}", "\x1b[0;32m{}\x1b[m", "MY:{}", '"{}"'])
def test_well_known_tokens_are_recognised_by_their_shape(token: str, frame: str) -> None:
    told = redact(frame.format(token))
    assert token not in told
    assert MARK in told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("password=hunter2", f"password={MARK}"),
        ("PGPASSWORD: hunter2 # x", f"PGPASSWORD: {MARK} # x"),
        ('{"client_secret": "a b, c", "x": 1}', f'{{"client_secret": "{MARK}", "x": 1}}'),
        ("passphrase='correct horse battery'", f"passphrase='{MARK}'"),
        (r'token="a\"bcd" x', f'token="{MARK}" x'),
        ("api_key = 12345;", f"api_key = {MARK};"),
        ("AWS_SECRET_ACCESS_KEY=abcd/efg+", f"AWS_SECRET_ACCESS_KEY={MARK}"),
        ("mysql --password hunter2 -h db", f"mysql --password {MARK} -h db"),
        ("x --auth-token 'a b c d'", f"x --auth-token '{MARK}'"),
        ("Authorization: Bearer abcdefgh", f"Authorization: Bearer {MARK}"),
        ("curl -H 'authorization: Basic dXNlcjpwdw=='", f"curl -H 'authorization: Basic {MARK}'"),
        ("sent bearer a1b2c3d4e5", f"sent bearer {MARK}"),
        ("postgres://app:p@ss@db:5432/x", f"postgres://app:{MARK}@db:5432/x"),
        ("REDIS://:pw12@cache", f"REDIS://:{MARK}@cache"),
    ],
)
def test_what_is_called_a_secret_is_taken_out(line: str, told: str) -> None:
    assert redact(line) == told


@pytest.mark.parametrize(
    "prose",
    [
        "the token bucket is full",
        "token: none",
        "the secret: none?",
        "password = ********",
        "No password was given; the secret is safe",
        "Basic authentication is switched off, basic functionality works",
        "bearer certificates and bearer tokens",
        "rotate the secrets (see the secret's page)",
        "https://example.com:8443/path?x=1",
        "see http://db:5432 or mail ops@example.com",
        "ssh://git@example.com/x.git",
        "commit 3f9c2ab41c, sha256:0123456789abcdef0123456789abcdef",
        "keyboard: us, max_tokens 5",
        "-----BEGIN CERTIFICATE-----",
    ],
)
def test_ordinary_prose_stays_as_it_is(prose: str) -> None:
    assert redact(prose) == prose


def test_colours_stay_where_no_secret_hides_behind_them() -> None:
    assert Redactor({"pw": "hunter2"}).line("\x1b[32mok\x1b[0m") == "\x1b[32mok\x1b[0m"


# --- time: what is read is foreign, and may be written to keep us busy

QUARTER = 250_000
"""Characters. What is not linear takes minutes for as many, not tenths of a second."""


@pytest.mark.parametrize(
    "piece",
    [
        "token",
        "token=",
        'token="',
        "token='x",
        "token = ",
        "secret: \\",
        "password " + " " * 50,
        "eyJ",
        "-eyJaaaaaaaa",
        "eyJaaaaaaaa.",
        "eyJaaaaaaaa.eyJaaaaaaaa",
        "a.",
        "a-",
        "a://",
        "a://b:",
        "x://:y@",
        "basic ",
        "bearer a",
        "authorization:",
        "--a-",
        " --password",
        "glpat-",
        "ghp_a",
        "AKIA",
        "-----BEGIN ",
        "-----BEGIN A PRIVATE KEY-----",
        "\x1b[",
        "\x1b[0m",
        " ",
        "\n ",
        "\t",
        "\r",
        "a",
        "\\",
        '"',
        "'",
    ],
)
def test_a_quarter_megabyte_of_anything_is_done_with_within_a_second(piece: str) -> None:
    text = "x" + piece * (QUARTER // len(piece)) + "x"
    redactor = Redactor({"pw": "hunter22"})
    for work in (redactor.line, redactor.text, safe_text, safe_line):
        begin = time.process_time()
        work(text)
        assert time.process_time() - begin < 1.0
