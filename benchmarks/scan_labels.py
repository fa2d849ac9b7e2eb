"""How many of the credentials in real configuration packages are found, and how much else.

`python -m benchmarks.scan_labels [--folder DIR] [--json]`

The packages are Debian 12's (`apt-get download`, which needs its mirror; without it, exit code 2
and the reason). Looked at are their maintainer scripts, `/etc`, examples, dbconfig files and
configuration templates. `labels/README.md` says how the labels were made. What stands in comments
or in text for people is left out of the count on both sides. A place is a file and a line; of ours
those count that a person is asked about (warning and worse).

Packages of the set `held` were not looked at while the rules were written. A file that is another
one by now (a newer version of its package) is left out and told.

Exit code 1 where recall or precision is not better than the `detect-secrets scan` command's.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.scan import Nobody
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks.credentials import CredentialsCheck
from runbook_tui.domain.findings import ASK_SOMEBODY
from runbook_tui.preflight.check import run_check
from runbook_tui.preflight.checks.credentials import CHECK
from runbook_tui.preflight.target import Target

LABELS = Path(__file__).parent / "labels" / "credentials.tsv"
WANTED = re.compile(
    r"^(data/etc/|control/|data/usr/share/(doc/[^/]+/examples/|dbconfig-common/|[^/]+/(.*/)?[^/]+"
    r"\.(conf|cnf|cfg|ini|env|sample|example|template|dist|sql|ya?ml|properties|toml)$))"
)
PLACES = set[tuple[str, int]]


class Label(NamedTuple):
    """One judged line."""

    set: str
    package: str
    version: str
    path: str
    line: str
    sha256: str
    verdict: str
    kind: str
    why: str


def labels() -> list[Label]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [Label(*row) for row in rows]


def fetch(packages: set[tuple[str, str]], folder: Path) -> str:
    """Downloads packages and puts out what is looked at; why not, in words."""
    for name, version in sorted(packages):
        if (folder / name).is_dir():
            continue
        with tempfile.TemporaryDirectory() as place:
            for wanted in (f"{name}={version}", name):
                argv = ["apt-get", "download", "-q", wanted]
                done = subprocess.run(argv, cwd=place, capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    break
            archives = list(Path(place).glob("*.deb"))
            if not archives:
                return f"{name} cannot be downloaded: {done.stderr.strip()[-200:]}"
            whole = Path(place) / "whole"
            whole.mkdir()
            subprocess.run(["dpkg-deb", "-x", archives[0], whole / "data"], check=True)
            subprocess.run(["dpkg-deb", "-e", archives[0], whole / "control"], check=True)
            for path in sorted(whole.rglob("*")):
                inside = path.relative_to(whole).as_posix()
                if path.is_file() and not path.is_symlink() and WANTED.match(inside):
                    to = folder / name / inside
                    to.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, to)
    return ""


def ours(folder: Path) -> PLACES:
    target = Target(
        name="it", config=CredentialsCheck(paths=(".",)), folder=folder, now=datetime.now(UTC),
        tools=LocalTools(), network=Nobody(),  # type: ignore[abstract]
        documents=YamlDocuments(), key=b"benchmark",
    )  # fmt: skip
    result = run_check(CHECK, target)
    assert result.ran
    asked = [each for each in result.findings if each.severity in ASK_SOMEBODY]
    return {(e.place.removeprefix("./"), e.line) for each in asked for e in each.evidence}


def theirs(folder: Path) -> PLACES:
    command = LocalTools().find("detect-secrets")
    assert command is not None
    argv = [command, "scan", "--all-files", "--no-verify", "."]
    done = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True)
    results = json.loads(done.stdout)["results"]
    return {(p.removeprefix("./"), x["line_number"]) for p, every in results.items() for x in every}


def score(found: PLACES, judged: list[Label]) -> dict[str, float]:
    """Recall and precision over the judged lines of one set."""
    secret = {(f"{x.package}/{x.path}", int(x.line)) for x in judged if x.verdict == "secret"}
    left_out = {
        (f"{x.package}/{x.path}", int(x.line))
        for x in judged
        if x.verdict in ("comment", "document")
    }
    packages = {x.package for x in judged}
    mine = {place for place in found - left_out if place[0].partition("/")[0] in packages}
    hit = len(mine & secret)
    return {
        "secrets": len(secret), "found": hit, "other": len(mine - secret),
        "recall": hit / len(secret), "precision": hit / len(mine) if mine else 0.0,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where packages are kept between runs")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        judged = labels()
        if why := fetch({(each.package, each.version) for each in judged}, folder):
            print(f"skipped: {why}", file=sys.stderr)
            return 2
        changed = {
            (each.package, each.path)
            for each in judged
            if not (path := folder / each.package / each.path).is_file()
            or hashlib.sha256(path.read_bytes()).hexdigest()[:16] != each.sha256
        }
        for package, path_ in changed:
            (folder / package / path_).unlink(missing_ok=True)
        sets: dict[str, list[Label]] = defaultdict(list)
        for each in judged:
            if (each.package, each.path) not in changed:
                sets[each.set].append(each)
        places = {"ours": ours(folder), "detect-secrets": theirs(folder)}
        scores = {
            name: {tool: score(found, rows) for tool, found in places.items()}
            for name, rows in sets.items()
        }
    better = all(
        each["ours"][what] > each["detect-secrets"][what]
        for each in scores.values()
        for what in ("recall", "precision")
    )
    if args.json:
        print(json.dumps({"scores": scores, "changed": len(changed), "met": better}))
        return 0 if better else 1
    for name, tools in scores.items():
        for tool, one in tools.items():
            print(f"{name:5} {tool:15} recall {one['recall']:.2f} ({one['found']} of"
                  f" {one['secrets']}), precision {one['precision']:.2f}"
                  f" ({one['other']} others)")  # fmt: skip
    if changed:
        print(f"{len(changed)} files are others by now and were left out")
    return 0 if better else 1


if __name__ == "__main__":
    sys.exit(main())
