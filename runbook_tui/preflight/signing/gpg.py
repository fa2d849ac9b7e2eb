"""OpenPGP signatures, by `gpg` in a private folder that knows the given keys and nothing else.

Read is what `--status-fd` says, made for programs (GnuPG's doc/DETAILS), not words for people.
`gpgv` is not used: it looks neither at expiry nor at revocation (its own manual).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.ports import Answer, Tools
from runbook_tui.preflight.signing.lists import LARGEST, held
from runbook_tui.preflight.signing.verdict import Outcome, Verdict, not_checkable

CLEARSIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
LIMIT = 600.0
_KEYBOX = b"KBXf"
_WEAK_DIGESTS = {"1": "MD5", "2": "SHA-1", "3": "RIPEMD-160"}  # RFC 4880, 9.4
_MISSING_KEY, _UNUSABLE = "9", {"4": "an algorithm", "5": "a digest"}


def verify(tools: Tools, file: Path, signature: Path, keys: Path) -> Verdict:
    """Whether a signature of `file`, apart from it or a signed list of checksums, is by one of
    `keys`: exported public keys, with armour or without, or a keyring.
    """
    program = tools.find("gpg")
    if program is None:
        return not_checkable("gpg is not on this machine")
    with tempfile.TemporaryDirectory(prefix="runbook-tui-gpg-", ignore_cleanup_errors=True) as home:
        # No options of the user's, no key server, no agent: what counts is in this folder.
        base = [
            program, "--homedir", home, "--no-options", "--batch", "--no-tty", "--no-autostart",
            "--disable-dirmngr", "--no-auto-key-retrieve", "--trust-model", "always",
            "--status-fd", "1",
        ]  # fmt: skip
        trouble = _take_keys(tools, base, keys, Path(home))
        if trouble:
            return not_checkable(trouble)
        with signature.open("rb") as begin:
            clear = begin.read(512).lstrip().startswith(CLEARSIGNED)
        if clear:
            return _clearsigned(tools, base, file, signature, Path(home))
        answer = tools.run(
            [*base, "--verify", "--", str(signature), str(file)], env={"LC_ALL": "C"}, limit=LIMIT
        )
        return judge(answer)


def _take_keys(tools: Tools, base: list[str], keys: Path, home: Path) -> str:
    """Puts the keys into the private folder; why it cannot, in words."""
    with keys.open("rb") as file:
        head = file.read(32)
    if head[8:12] == _KEYBOX:
        shutil.copyfile(keys, home / "pubring.kbx")
        return ""
    answer = tools.run([*base, "--import", "--", str(keys)], env={"LC_ALL": "C"}, limit=60.0)
    if answer.trouble:
        return answer.trouble
    if not any(word == "IMPORT_OK" for word, _ in _status(answer.out)):
        return f"{safe_line(keys.name)} holds no OpenPGP key"
    return ""


def _clearsigned(tools: Tools, base: list[str], file: Path, signature: Path, home: Path) -> Verdict:
    """A signed text that lists checksums: the signature is held, then the list."""
    content = home / "signed-content"
    answer = tools.run(
        [*base, "--output", str(content), "--decrypt", "--", str(signature)],
        env={"LC_ALL": "C"}, limit=LIMIT,
    )  # fmt: skip
    verdict = judge(answer)
    if verdict.outcome not in ("good", "weak-digest"):
        return verdict
    # What gpg wrote is what was signed; other text may stand around that in the file.
    with content.open("rb") as signed:
        return held(verdict, signed.read(LARGEST), file)


def _status(out: bytes) -> Iterable[tuple[str, list[str]]]:
    for line in out.decode("utf-8", "replace").splitlines():
        if line.startswith("[GNUPG:] "):
            word, *rest = line.removeprefix("[GNUPG:] ").split(" ")
            yield word, rest


def judge(answer: Answer) -> Verdict:
    """What gpg's status lines say. Good is only what it calls good and names the key of; where
    there are several signatures, one that is bad decides.
    """
    if answer.trouble:
        return not_checkable(answer.trouble)
    found: list[Verdict] = []
    who = ""
    state: Outcome | None = None
    words = {
        "GOODSIG": ("good", "is good"),
        "EXPSIG": ("expired-signature", "was good and has expired"),
        "EXPKEYSIG": ("expired-key", "is by a key that has expired"),
        "REVKEYSIG": ("revoked-key", "is by a key that was revoked"),
    }
    said = ""
    for word, rest in _status(answer.out):
        if word in words:
            state, said = words[word]  # type: ignore[assignment]
            who = safe_line(" ".join(rest[1:]), 120)
        elif word == "BADSIG":
            found.append(Verdict("bad", "does not belong to this content", f"key {rest[0]}"))
            state = None
        elif word == "ERRSIG":
            found.append(_not_verified(rest))
            state = None
        elif word == "VALIDSIG" and state is not None:
            found.append(_valid(state, said, who, rest))
            state = None
    if not found:
        return not_checkable(_why(answer))
    order: tuple[Outcome, ...] = (
        "bad", "revoked-key", "good", "weak-digest", "expired-signature", "expired-key",
        "unknown-key", "not-checkable",
    )  # fmt: skip
    return min(found, key=lambda each: order.index(each.outcome))


def _valid(state: Outcome, said: str, who: str, rest: list[str]) -> Verdict:
    """VALIDSIG <fingerprint> <date> <time> <expires> <version> <reserved> <algorithm> <hash>
    <class> <primary key's fingerprint>
    """
    fingerprint = rest[9] if len(rest) > 9 else rest[0]
    signer = f"{who} ({fingerprint})" if who else fingerprint
    weak = _WEAK_DIGESTS.get(rest[7]) if len(rest) > 7 else None
    if state == "good" and weak:
        return Verdict("weak-digest", f"is good, but over {weak}, which can be forged", signer)
    return Verdict(state, said, signer)


def _not_verified(rest: list[str]) -> Verdict:
    """ERRSIG <key id> <algorithm> <hash> <class> <time> <reason> [<fingerprint>]"""
    key = rest[6] if len(rest) > 6 and rest[6] != "-" else rest[0]
    reason = rest[5] if len(rest) > 5 else ""
    if reason == _MISSING_KEY:
        return Verdict("unknown-key", "is by a key that is not among those given", f"key {key}")
    what = _UNUSABLE.get(reason, "something")
    return not_checkable(f"uses {what} that gpg does not take (key {key})")


def _why(answer: Answer) -> str:
    for word, rest in _status(answer.out):
        if word == "NODATA":
            return "is no OpenPGP signature"
        if word in ("FAILURE", "ERROR", "UNEXPECTED"):
            return safe_line(f"gpg says: {word.lower()} {' '.join(rest)}", 160)
    err = answer.err.decode("utf-8", "replace").strip().splitlines()
    return safe_line(f"gpg ended with {answer.exit}: {err[-1] if err else ''}", 200)
