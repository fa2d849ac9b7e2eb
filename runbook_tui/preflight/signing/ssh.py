"""SSH signatures (OpenSSH's PROTOCOL.sshsig), by `ssh-keygen -Y`, for the namespace `file`.

The signature itself is looked at first, then who may have made it: so a bad one and one by nobody
that is listed are told apart.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.ports import Answer, Tools
from runbook_tui.preflight.signing.verdict import Verdict, not_checkable

BEGIN = b"-----BEGIN SSH SIGNATURE-----"
NAMESPACE = "file"
LIMIT = 600.0
_GOOD = re.compile(r'Good "file" signature (?:for .{1,500} )?with (\S+) key (SHA256:\S+)')
_KEY_LINE = re.compile(r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ +[A-Za-z0-9+/=]+")
_MOST_KEYS = 1024**2


def verify(tools: Tools, file: Path, signature: Path, keys: Path) -> Verdict:
    """Whether a signature of `file` is by somebody in `keys`: an allowed-signers file (see
    ssh-keygen(1)), or plain public keys.
    """
    program = tools.find("ssh-keygen")
    if program is None:
        return not_checkable("ssh-keygen is not on this machine")
    sig = ["-s", str(signature)]
    checked = _run(tools, [program, "-Y", "check-novalidate", "-n", NAMESPACE, *sig], file)
    good = _GOOD.search(_text(checked.out))
    if checked.trouble:
        return not_checkable(checked.trouble)
    if checked.exit != 0 or good is None:
        return _not_good(checked)
    signer = f"{good[1]} {good[2]}"
    with tempfile.TemporaryDirectory(prefix="runbook-tui-ssh-", ignore_cleanup_errors=True) as own:
        allowed = _allowed(keys, Path(own))
        found = tools.run([program, "-Y", "find-principals", *sig, "-f", str(allowed)], env=_ENV)
        if found.trouble:
            return not_checkable(found.trouble)
        names = _text(found.out).splitlines() if found.exit == 0 else []
        reason = _text(found.err)
        for name in names:
            argv = [program, "-Y", "verify", "-f", str(allowed), "-I", name, "-n", NAMESPACE, *sig]
            answer = _run(tools, argv, file)
            if answer.exit == 0 and _GOOD.search(_text(answer.out)):
                return Verdict("good", "is good", f"{safe_line(name, 120)} ({signer})")
            reason += _text(answer.err)
    return _not_listed(reason, signer)


_ENV = {"LC_ALL": "C"}


def _run(tools: Tools, argv: list[str], file: Path) -> Answer:
    """With the file as standard input: `sh` opens it, so that it need not be held in memory."""
    script = 'file=$1; shift; exec "$@" <"$file"'
    return tools.run(["/bin/sh", "-c", script, "sh", str(file), *argv], env=_ENV, limit=LIMIT)


def _not_good(checked: Answer) -> Verdict:
    err = _text(checked.err)
    if "incorrect signature" in err:
        return Verdict("bad", "does not belong to this content")
    if "namespace" in err:
        return Verdict("other-purpose", "was made for something else than files (its namespace)")
    last = err.strip().splitlines()
    return not_checkable(safe_line(f"ssh-keygen says: {last[-1] if last else 'nothing'}", 200))


def _not_listed(reason: str, signer: str) -> Verdict:
    if "has expired" in reason:
        return Verdict("expired-key", "is by a key whose time in the list is over", signer)
    if "revoked" in reason:
        return Verdict("revoked-key", "is by a key that was revoked", signer)
    if "not permitted" in reason:
        return Verdict("other-purpose", "is by a key that is listed for other purposes", signer)
    if "not yet valid" in reason:
        return Verdict("unknown-key", "is by a key whose time in the list has not come", signer)
    return Verdict("unknown-key", "is by a key that is not among those given", signer)


def _allowed(keys: Path, own: Path) -> Path:
    """An allowed-signers file; made of plain public keys where `keys` holds those."""
    with keys.open("rb") as file:
        lines = file.read(_MOST_KEYS).decode("utf-8", "replace").splitlines()
    plain = [line.strip() for line in lines if _KEY_LINE.match(line.strip())]
    if not plain:
        return keys
    listed = own / "allowed-signers"
    rows = []
    for line in plain:
        kind, key, *comment = line.split(None, 2)
        name = re.sub(r"[^\w.@+-]", "_", comment[0])[:80] if comment else "key"
        rows.append(f"{name or 'key'} {kind} {key}\n")
    listed.write_text("".join(rows), encoding="utf-8")
    return listed


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")
