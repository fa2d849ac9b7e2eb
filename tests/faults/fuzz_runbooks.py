"""Bad runbooks by the thousand: every one is refused with a place, in time, without a traceback.

python -m tests.faults.fuzz_runbooks --count 50000 --seed 1

A third are built by Hypothesis from pieces of YAML and of the format, the others are good runbooks
with something changed in them. Prints what came of them; exit code 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from runbook_tui.domain.runbook import Runbook
from runbook_tui.domain.text import safe_text
from runbook_tui.formats.load import Problem, RunbookError, load_files
from runbook_tui.formats.new import new_runbook
from runbook_tui.formats.show import show
from tests.faults.fuzz_changes import Files, mutated
from tests.faults.fuzz_texts import texts

ROOT = Path(__file__).parents[2]
MAIN = "runbook.yaml"
SLOWEST = 2.0
"""Seconds of the processor that one runbook may take."""
MEMORY = 150 * 1024 * 1024
"""Bytes that one runbook may take."""


@dataclass
class Outcome:
    """What came of the runbooks tried so far."""

    tried: int = 0
    refused: int = 0
    with_errors: int = 0
    with_warnings: int = 0
    clean: int = 0
    slowest: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    memory: int = 0
    """Most bytes that one runbook took on top of what was there; 0 where nobody can say."""

    def summary(self) -> str:
        """The counts as lines of text."""
        codes = ", ".join(f"{code} {count:,}" for code, count in self.codes.most_common())
        return (
            f"{self.tried:,} runbooks: {self.refused:,} refused, {self.with_errors:,} read with"
            f" errors of meaning, {self.with_warnings:,} with warnings only, {self.clean:,} fine\n"
            f"slowest {self.slowest * 1000:.0f} ms, largest"
            f" {self.memory / 1024 / 1024:.1f} MiB\n"
            f"problems by code: {codes}\n"
            f"broken promises: {len(self.broken)}"
        )


def _memory(key: str) -> int:
    """A figure of this process in bytes: VmRSS is what it has now, VmHWM the most it had."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(status.partition(f"{key}:")[2].split()[0]) * 1024


def _forget_peak() -> int:
    """Lets VmHWM begin anew; the memory now, 0 where the system does not do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return _memory("VmRSS")


def attempt(files: Mapping[str, bytes], outcome: Outcome) -> None:
    """Loads one runbook and notes what came of it, broken promises too."""
    outcome.tried += 1
    before = _forget_peak()
    start = time.process_time()
    problems: tuple[Problem, ...] = ()
    try:
        loaded = load_files(MAIN, files)
        problems = loaded.problems
        show(loaded.runbook)
        # The reader must not let through what the model itself would refuse (logs are read by it).
        if msgspec.convert(msgspec.to_builtins(loaded.runbook), Runbook) != loaded.runbook:
            _break(outcome, files, "the model reads it differently")
        if loaded.errors:
            outcome.with_errors += 1
        elif problems:
            outcome.with_warnings += 1
        else:
            outcome.clean += 1
    except RunbookError as error:
        problems = error.problems
        outcome.refused += 1
        if not problems:
            _break(outcome, files, "refused without a problem")
    except Exception as error:
        _break(outcome, files, f"{type(error).__name__}: {error}"[:300])
    took = time.process_time() - start
    outcome.slowest = max(outcome.slowest, took)
    if before:
        outcome.memory = max(outcome.memory, _memory("VmHWM") - before)
    if took > SLOWEST:
        _break(outcome, files, f"took {took:.1f} s")
    for problem in problems:
        outcome.codes[problem.code] += 1
        if not (problem.file and problem.line >= 1 and problem.col >= 1 and problem.message):
            _break(outcome, files, f"no place or message: {problem!r}")
        line = problem.one_line()
        if "\n" in line or safe_text(line) != line:
            _break(outcome, files, f"not one line that is safe to print: {line!r}")


def _break(outcome: Outcome, files: Mapping[str, bytes], why: str) -> None:
    kept = {name: data[:2_000] for name, data in files.items()} if len(outcome.broken) < 20 else {}
    outcome.broken.append(f"{why}\n    {kept!r}")


def good_runbooks() -> list[Files]:
    """The runbooks of the project and the one to start from, each as its files."""
    found: list[Files] = [{MAIN: new_runbook("fuzz").encode()}]
    for main in sorted(ROOT.glob("runbooks/*/runbook.yaml")):
        folder = main.parent
        found.append(
            {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.yaml"))}
        )
    return found


def built(count: int, start: int, outcome: Outcome) -> None:
    """Tries `count` runbooks that Hypothesis builds."""
    for number in range(0, count, BATCH):  # it keeps all it has made: not 25,000 at once
        _batch(min(BATCH, count - number), start * 1_000 + number // BATCH, outcome)


BATCH = 1_000


def _batch(count: int, start: int, outcome: Outcome) -> None:
    blobs = texts().map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60)

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(blobs)
    def run(data: bytes) -> None:
        attempt({MAIN: data}, outcome)

    run()


def fuzz(count: int, start: int) -> Outcome:
    """Tries `count` runbooks, the same ones for the same `start`."""
    outcome = Outcome()
    goods = good_runbooks()
    for files in goods:  # what is loaded once is not part of the memory that bad input takes
        load_files(MAIN, files)
    rng = random.Random(start)
    built(count // 3, start, outcome)
    while outcome.tried < count:  # Hypothesis stops early where it has seen all it can think of
        attempt(mutated(rng, goods), outcome)
    if outcome.memory > MEMORY:
        outcome.broken.append(f"one took {outcome.memory:,} bytes")
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    start = time.perf_counter()
    outcome = fuzz(asked.count, asked.seed)
    print(outcome.summary())
    print(f"took {time.perf_counter() - start:.0f} s")
    for broken in outcome.broken[:20]:
        print(broken)
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
