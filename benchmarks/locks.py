"""Predicted locks against measured ones, on upgrade chains of real packages.

    python -m benchmarks.locks [--folder DIR] [CHAIN ...]

Gets Debian packages (``apt-get download``) and a wheel (``pip download``) into the folder, starts a
PostgreSQL of its own, and runs every statement of every chain in order: what ``pg_locks`` says of
the tables that were there before the file is the truth. A statement that fails (its chain begins
later than the schema at hand) is left out and counted. Predictions are made twice: with the schema
known from the chain's beginning, and with none given.

Per statement: ACCESS EXCLUSIVE or not (recall, precision), and whether the strongest mode is the
same. The chains marked "built on" were looked at while the table was written; those marked "held
out" were not. Nothing of the packages is kept in this project.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.measuring import Measured, measure
from runbook_tui.preflight.sql.planning import Step, plan
from runbook_tui.preflight.sql.rehearsal import predicted_locks, strongest_mode
from runbook_tui.preflight.sql.scratch import PsqlScratch, database
from runbook_tui.preflight.sql.sources import Migration, migrations
from runbook_tui.preflight.trees import Tree
from tests.preflight.scratch_postgres import running

AE = "ACCESS EXCLUSIVE"


@dataclass(frozen=True)
class Chain:
    """An upgrade chain. `base`: the schema it begins with, not counted."""

    name: str
    package: str
    paths: tuple[str, ...]
    base: tuple[str, ...] = ()
    held_out: bool = True
    skip: str = r"(?!)"
    pip: bool = False


DBCONFIG = "usr/share/dbconfig-common/data"
SYNAPSE = "synapse/storage/schema"
DIRECTOR = "usr/share/icingaweb2/modules/director/schema"
OPENQA = "usr/share/openqa/dbicdh/PostgreSQL"
CHAINS = (
    Chain("icinga2-ido", "icinga2-ido-pgsql", ("usr/share/icinga2-ido-pgsql/schema/upgrade",),
          ("usr/share/icinga2-ido-pgsql/schema/pgsql.sql",), held_out=False),
    Chain("davical", "davical", ("usr/share/davical/dba/patches",),
          ("usr/share/davical/dba/davical.sql",), held_out=False),
    Chain("kea", "kea-admin", ("usr/share/kea/scripts/pgsql",),
          skip=r"wipe_data|dhcpdb_drop|dhcpdb_create"),
    Chain("pdns", "pdns-backend-pgsql", tuple(
        f"usr/share/pdns-backend-pgsql/schema/{step}_schema.pgsql.sql" for step in (
            "nodnssec-3.x_to_3.4.0", "dnssec-3.x_to_3.4.0", "3.4.0_to_4.1.0", "4.1.0_to_4.2.0",
            "4.2.0_to_4.3.0", "4.3.0_to_4.7.0")),
          ("usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql",)),
    Chain("icingaweb2", "icingaweb2", ("usr/share/icingaweb2/schema/pgsql-upgrades",),
          ("usr/share/icingaweb2/schema/pgsql.schema.sql",)),
    Chain("tt-rss", "tt-rss", ("usr/share/tt-rss/schema/versions/pgsql",),
          ("usr/share/tt-rss/schema/ttrss_schema_pgsql.sql",)),
    Chain("synapse", "matrix-synapse", tuple(
        f"{SYNAPSE}/{part}/delta" for part in ("common", "state", "main")), tuple(
        f"{SYNAPSE}/{part}/full_schemas" for part in ("common", "state", "main")),
          skip=r"/delta/(?:\d|[1-6]\d|7[0-2])/", pip=True),
    Chain("openqa", "openqa", (f"{OPENQA}/upgrade",), (f"{OPENQA}/deploy/63",)),
    Chain("director", "icingaweb2-module-director",
          (f"{DIRECTOR}/pgsql-legacy-changes", f"{DIRECTOR}/pgsql-migrations"),
          (f"{DIRECTOR}/pgsql.sql",)),
    Chain("bacula", "bacula-director-pgsql", (f"{DBCONFIG}/bacula-director-pgsql/upgrade/pgsql",
                                              "usr/share/bacula-director/update_postgresql_tables"),
          (f"{DBCONFIG}/bacula-director-pgsql/install/pgsql",)),
    Chain("roundcube", "roundcube-core", (f"{DBCONFIG}/roundcube/upgrade/pgsql",),
          (f"{DBCONFIG}/roundcube/install/pgsql",)),
    Chain("request-tracker", "request-tracker5",
          ("usr/share/request-tracker5/etc/upgrade",),
          ("usr/share/request-tracker5/etc/schema.Pg",)),
)  # fmt: skip


@dataclass
class Score:
    """Counts over statements."""

    statements: int = 0
    hit: int = 0
    missed: int = 0
    false: int = 0
    same: int = 0
    pairs: int = 0
    pairs_same: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, step: Step, measured: Measured, where: str) -> None:
        """Counts one statement."""
        predicted = strongest_mode(predicted_locks(step))
        real = strongest_mode(measured.locks)
        self.statements += 1
        self.hit += predicted == real == AE
        self.missed += real == AE != predicted
        self.false += predicted == AE != real
        self.same += predicted == real
        by_table = predicted_locks(step)
        for table in set(by_table) | {t for t in measured.locks if not t.endswith("_seq")}:
            self.pairs += 1
            self.pairs_same += by_table.get(table) == measured.locks.get(table)
            if by_table.get(table) != measured.locks.get(table) and predicted == real:
                text = " ".join(step.statement.text.split())[:100]
                told = f"{by_table.get(table)} / {measured.locks.get(table)}"
                self.wrong.append(f"{where}: {table} {told}: {text}")
        if predicted != real:
            text = " ".join(step.statement.text.split())[:100]
            self.wrong.append(f"{where}: {predicted or '-'} / {real or '-'}: {text}")

    def __iadd__(self, other: Score) -> Score:
        for name in ("statements", "hit", "missed", "false", "same", "pairs", "pairs_same"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def __str__(self) -> str:
        recall = self.hit / max(1, self.hit + self.missed)
        precision = self.hit / max(1, self.hit + self.false)
        return (
            f"{self.statements:5} statements, ACCESS EXCLUSIVE {self.hit + self.missed:4}:"
            f" recall {recall:.3f}, precision {precision:.3f}; same mode"
            f" {self.same / max(1, self.statements):.3f}; {self.pairs} (statement, table):"
            f" {self.pairs_same / max(1, self.pairs):.3f}"
        )


def main() -> None:
    """Measures the chains named, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("chains", nargs="*")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--wrong", action="store_true", help="print what was predicted wrongly")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="locks-"))
    totals = {True: (Score(), Score()), False: (Score(), Score())}
    with running() as connection:
        for chain in CHAINS:
            if given.chains and chain.name not in given.chains:
                continue
            root = fetched(chain, folder)
            if root is None:
                print(f"{chain.name}: {chain.package} cannot be had here", file=sys.stderr)
                continue
            with database(LocalTools(), connection) as where:
                known, bare, failed = scored(chain, root, where)
            mark = "held out" if chain.held_out else "built on"
            print(f"{chain.name} ({mark}), {failed} failed", flush=True)
            print(f"    schema known   {known}")
            print(f"    schema unknown {bare}")
            if given.wrong:
                print("".join(f"      {line}\n" for line in bare.wrong), end="")
            totals[chain.held_out][0].__iadd__(known)
            totals[chain.held_out][1].__iadd__(bare)
    for held_out, (known, bare) in totals.items():
        print(f"all {'held out' if held_out else 'built on'}")
        print(f"    schema known   {known}")
        print(f"    schema unknown {bare}")
    if given.folder is None:
        shutil.rmtree(folder)


def scored(chain: Chain, root: Path, where: PsqlScratch) -> tuple[Score, Score, int]:
    """Runs a chain; the scores with and without the schema, and how many statements failed."""
    with_schema, without = Score(), Score()
    known, bare = Catalogue(complete=True), Catalogue()
    failed = 0
    for migration in chained(chain, root, chain.base):
        measure(where, list(plan(migration.up, "postgresql", (15,), known)))
    for migration in chained(chain, root, chain.paths):
        steps = list(plan(migration.up, "postgresql", (15,), known))
        blind = list(plan(migration.up, "postgresql", (15,), bare))
        for step, other, real in zip(steps, blind, measure(where, steps), strict=True):
            if real.error:
                failed += 1
            elif not real.quiet and not real.skipped:
                label = f"{migration.place}:{step.statement.line}"
                with_schema.add(step, real, label)
                without.add(other, real, label)
    return with_schema, without, failed


def chained(chain: Chain, root: Path, paths: tuple[str, ...]) -> Iterator[Migration]:
    """The migrations of some paths of a package, in order."""
    for path in paths:
        if not (root / path).exists():
            raise SystemExit(f"{chain.name}: {path} is not in {chain.package}")
        for found in migrations(Tree(root / path, path), "postgresql"):
            if found is not None and not re.search(chain.skip, str(found.path)):
                yield found


def fetched(chain: Chain, folder: Path) -> Path | None:
    """Where the package's files are; None where it cannot be had."""
    root = folder / chain.package
    if root.is_dir():
        return root
    with tempfile.TemporaryDirectory() as scratch:
        get = ["apt-get", "download", chain.package]
        if chain.pip:
            get = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", chain.package]
        if subprocess.run(get, cwd=scratch, capture_output=True, check=False).returncode != 0:
            return None
        (archive,) = Path(scratch).iterdir()
        root.mkdir(parents=True)
        if chain.pip:
            shutil.unpack_archive(archive, root, "zip")
        else:
            subprocess.run(["dpkg-deb", "-x", archive, root], check=True)
    return root


if __name__ == "__main__":
    main()
