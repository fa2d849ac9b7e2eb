"""The shortest legal path between versions, or why there is none; and the matrices that come with
the program.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks.installed import InstalledVersion
from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck
from runbook_tui.domain.findings import CheckResult
from runbook_tui.domain.runbook_model import Model
from runbook_tui.preflight.checks.upgrade_path import CHECK
from runbook_tui.preflight.target import MATRICES
from runbook_tui.preflight.versions.matrix import Hop, PathMatrix, Release, understood
from runbook_tui.preflight.versions.order import BadVersionError, Ecosystem, Order, upstream
from runbook_tui.preflight.versions.paths import Leg, Stuck, find_path
from tests.preflight.targets import by_key, result


def going(matrix: str, at: str, to: str, folder: Path, **more: Any) -> CheckResult:
    config = UpgradePathCheck(matrix=matrix, installed=InstalledVersion(version=at), to=to)
    return result(CHECK, config, folder, **more)


def chain(found: CheckResult) -> str:
    (path,) = by_key(found)["path"]
    return path.title


# --- the order ----------------------------------------------------------------------------------

_PARTS = ["0", "1", "2", "9", "10", "01", "~rc1", "~beta2", "+dfsg", "+b1", "a", "z", ".", "-1"]


def debian_versions(many: int) -> list[str]:
    """What is installed here, and made-up ones that are hard."""
    here = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}\n"], capture_output=True, text=True, check=True
    ).stdout.split()
    chance = random.Random(20)
    made = []
    while len(made) < many:
        version = str(chance.randint(0, 12)) + "".join(chance.choices(_PARTS, k=4))
        if chance.random() < 0.3:
            version = f"{chance.randint(0, 2)}:{version}"
        made.append(version.rstrip(".-+~"))
    return here + made


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="needs dpkg")
def test_debian_versions_are_ordered_as_dpkg_orders_them() -> None:
    chance, order = random.Random(4), Order("deb")
    versions = debian_versions(200)
    pairs = [tuple(chance.sample(versions, 2)) for _ in range(300)]
    pairs += [(v, v + more) for v in versions[:30] for more in ("~", "+1", ".0")]
    pairs += [(f"1.{n}", f"1.0{n}") for n in range(12)]
    script = "".join(
        f"if dpkg --compare-versions '{a}' lt '{b}'; then echo lt;"
        f" elif dpkg --compare-versions '{a}' eq '{b}'; then echo eq; else echo gt; fi\n"
        for a, b in pairs
    )
    told = subprocess.run(
        ["/bin/sh", "-s"], input=script, capture_output=True, text=True, check=True
    )
    assert not told.stderr
    compared = 0
    for (a, b), said in zip(pairs, told.stdout.split(), strict=True):
        try:
            first, second = order.version(a), order.version(b)
        except BadVersionError:  # a version may not end so: never one that is installed
            assert a.endswith("~") or b.endswith("~")
            continue
        mine = "lt" if first < second else "eq" if first == second else "gt"
        assert mine == said, (a, b)
        compared += 1
    assert compared >= 300


_RPM_PARTS = ["0", "1", "9", "10", "01", "~rc1", "^git2", "a", "z", ".", "_", "."]


@pytest.mark.skipif(shutil.which("rpm") is None, reason="needs rpm")
def test_rpm_versions_are_ordered_as_rpm_orders_them() -> None:
    chance, order = random.Random(5), Order("rpm")

    def made() -> str:
        version = str(chance.randint(0, 12)) + "".join(chance.choices(_RPM_PARTS, k=4))
        return f"{version}-{chance.randint(1, 12)}.el9"

    pairs = [(made(), made()) for _ in range(300)]
    asks = "".join(f'print(rpm.vercmp("{a}", "{b}") .. "\\n")' for a, b in pairs)
    told = subprocess.run(
        ["rpm", "--eval", "%{lua:" + asks + "}"], capture_output=True, text=True, check=True
    ).stdout.split()
    if len(told) != len(pairs):
        pytest.skip("this rpm cannot be asked in Lua")
    for (a, b), said in zip(pairs, told, strict=True):
        first, second = order.version(a), order.version(b)
        mine = -1 if first < second else 0 if first == second else 1
        assert mine == int(said), (a, b)


NPM_SEMVER = next(
    (
        folder
        for folder in map(Path, (
            "/usr/lib/node_modules/npm/node_modules/semver",
            "/usr/local/lib/node_modules/npm/node_modules/semver",
            "/usr/share/nodejs/semver",
        ))
        if folder.is_dir()
    ),
    None,
)  # fmt: skip


@pytest.mark.skipif(
    shutil.which("node") is None or NPM_SEMVER is None, reason="needs node and npm's semver"
)
def test_npm_versions_are_ordered_as_npm_orders_them() -> None:
    chance, order = random.Random(6), Order("npm")
    ends = ["", "", "-alpha", "-alpha.1", "-beta.2", "-beta.11", "-rc.1", "-0", "-1.x", "+build.5"]

    def made() -> str:
        return ".".join(str(chance.randint(0, 3)) for _ in range(3)) + chance.choice(ends)

    pairs = [(made(), made()) for _ in range(300)]
    script = (
        f"const s = require({json.dumps(str(NPM_SEMVER))});"
        f"for (const [a, b] of {json.dumps(pairs)}) console.log(s.compare(a, b));"
    )
    told = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    for (a, b), said in zip(pairs, told.stdout.split(), strict=True):
        first, second = order.version(a), order.version(b)
        mine = -1 if first < second else 0 if first == second else 1
        assert mine == int(said), (a, b)


@pytest.mark.parametrize(
    ("ecosystem", "rising"),
    [
        ("generic", ["9.6.24", "10", "10.1", "16beta1", "16rc1", "16", "16.9", "16.11.10"]),
        ("rpm", ["1.0~rc1-1", "1.0-1", "1.0^git1-1", "1.0.1-1", "1:0.1-1"]),
        ("pypi", ["2.7.0.dev1", "2.7.0a1", "2.7.0rc1", "2.7.0", "2.7.0.post1", "2.10.0", "1!1.0"]),
        ("npm", ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.9"]),
        ("maven", ["1.0-alpha-1", "1.0-beta-1", "1.0-rc1", "1.0", "1.0-sp", "1.0.1", "1.10"]),
    ],
)  # fmt: skip
def test_each_ecosystem_has_its_own_order(ecosystem: Ecosystem, rising: list[str]) -> None:
    order = Order(ecosystem)
    for older, newer in itertools.pairwise(rising):
        assert order.version(older) < order.version(newer), (older, newer)


def test_what_orders_the_same_is_the_same() -> None:
    assert Order("generic").version("15") == Order("generic").version("15.0")
    assert Order("npm").version("1.2.3+linux") == Order("npm").version("1.2.3+mac")
    assert Order("deb").version("1.0-1") != Order("deb").version("1.0-2")
    assert Order("deb").version("1.07") == Order("deb").version("1.7")
    assert Order("deb").version("1.07") in Order("deb").range(">=1.7,<2")
    assert Order("deb").version("1.07") not in Order("deb").range(">=1.6,<1.7")


@pytest.mark.parametrize("text", ["", " ", "latest", "1.2.3.4", "1;2", "a" * 200, "\x1b[31m1"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(BadVersionError):
        Order("npm").version(text)


@pytest.mark.parametrize("text", ["", ">=", ">=2,<1", ">=1,<2,", "<1,<2", "1..", "~>1", ">=1,>=2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(BadVersionError):
        Order("generic").range(text)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_range_of_two_bounds_has_what_lies_between(low: int, high: int, at: int) -> None:
    if low >= high:
        return
    order = Order("generic")
    assert (order.version(f"1.{at}") in order.range(f">=1.{low},<1.{high}")) == (low <= at < high)


@pytest.mark.parametrize(
    ("text", "ecosystem", "expected"),
    [
        ("1:9.2p1-2+deb12u3", "deb", "9.2p1"),
        ("17.11.7-ee.0", "deb", "17.11.7"),
        ("15.14-0+deb12u1", "deb", "15.14"),
        ("2.4.62+dfsg-1~deb12u2", "deb", "2.4.62"),
        ("3.0~rc2+really2.9.1-1", "deb", "2.9.1"),
        ("18~beta1-1.pgdg120+1", "deb", "18-beta1"),
        ("1:16.11.2-1.el9", "rpm", "16.11.2"),
    ],
)
def test_what_a_distribution_added_is_left_out(text: str, ecosystem: Any, expected: str) -> None:
    assert upstream(text, ecosystem) == expected


# --- paths --------------------------------------------------------------------------------------

Span = tuple[int, int]
"""From, to below."""
PlainHop = tuple[Span, Span, list[int], bool]
spans = st.tuples(st.integers(1, 7), st.integers(1, 4)).map(lambda s: (s[0], s[0] + s[1]))
hops = st.tuples(
    spans, spans, st.lists(st.integers(1, 9), max_size=2, unique=True).map(sorted), st.booleans()
)


def as_matrix(stops: set[int], plain: list[PlainHop]) -> PathMatrix:
    return PathMatrix(
        product="it",
        ecosystem="generic",
        releases=tuple(Release(version=str(stop)) for stop in sorted(stops)),
        hops=tuple(
            Hop(
                from_=f">={begin[0]},<{begin[1]}",
                to=f">={end[0]},<{end[1]}",
                stops=tuple(map(str, through)),
                downgrade=down,
            )
            for begin, end, through, down in plain
        ),
    )


def cheapest(stops: set[int], plain: list[PlainHop], start: int, goal: int) -> int | None:
    """Installations of the cheapest legal path: every sequence of stops is tried."""
    down, low, high = goal < start, min(start, goal), max(start, goal)
    between = sorted((s for s in stops if low < s < high), reverse=down)

    def cost(a: int, b: int) -> int | None:
        legal = [
            1 + sum(min(a, b) < stop < max(a, b) for stop in through)
            for begin, end, through, back in plain
            if back == down and begin[0] <= a < begin[1] and end[0] <= b < end[1]
        ]
        return min(legal, default=None)

    best: int | None = None
    for many in range(len(between) + 1):
        for chosen in itertools.combinations(between, many):
            costs = [cost(a, b) for a, b in itertools.pairwise((start, *chosen, goal))]
            if None in costs:
                continue
            whole = sum(c for c in costs if c is not None)
            best = whole if best is None else min(best, whole)
    return best


@settings(max_examples=300, deadline=None)
@given(
    st.sets(st.integers(1, 9), max_size=6),
    st.lists(hops, min_size=1, max_size=6),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_a_path_is_legal_and_none_is_shorter(
    stops: set[int], plain: list[PlainHop], start: int, goal: int
) -> None:
    if start == goal:
        return
    matrix = understood(as_matrix(stops, plain))
    version = matrix.order.version
    found = find_path(matrix, version(str(start)), version(str(goal)))
    best = cheapest(stops, plain, start, goal)
    if isinstance(found, Stuck):
        assert best is None
        assert found.reached[-1].text == str(start)
        return
    assert found[0].start.text == str(start)
    assert found[-1].end.text == str(goal)
    for leg in found:
        assert leg.start in leg.hop.start
        assert leg.end in leg.hop.end
        assert leg.hop.hop.downgrade == (goal < start)
    for one, two in itertools.pairwise(found):
        assert one.end == two.start
    assert sum(1 + len(leg.through) for leg in found) == best
    assert find_path(matrix, version(str(start)), version(str(goal))) == found


def test_of_equally_short_paths_it_takes_the_one_that_leads_farthest_first() -> None:
    plain: list[PlainHop] = [((1, 2), (2, 6), [], False), ((2, 6), (9, 10), [], False)]
    matrix = understood(as_matrix({2, 3, 5}, plain))
    found = find_path(matrix, matrix.order.version("1"), matrix.order.version("9"))
    assert not isinstance(found, Stuck)
    assert [leg.end.text for leg in found] == ["5", "9"]


def test_stops_of_a_hop_that_are_passed_already_do_not_count() -> None:
    matrix = understood(as_matrix(set(), [((1, 5), (6, 7), [2, 4], False)]))
    legs = find_path(matrix, matrix.order.version("3"), matrix.order.version("6"))
    assert isinstance(legs, tuple)
    assert isinstance(legs[0], Leg)
    assert [stop.text for stop in legs[0].through] == ["4"]


# --- what the check says ------------------------------------------------------------------------

MATRIX = """\
product: Shop
ecosystem: generic
releases:
  - {version: "3", range: ">=3,<4", end-of-life: 2026-04-30, source: "https://shop.example/eol"}
  - {version: "4", range: ">=4,<5", end-of-life: 2026-07-01, notes: Run the index job first.}
  - {version: "5", range: ">=5,<6", end-of-life: 2028-01-01}
hops:
  - {from: ">=3,<5", to: ">=4,<5", notes: Stop the workers., source: "https://shop.example/4"}
  - {from: ">=4,<6", to: ">=5,<6"}
  - {from: "5.1", to: "5.0", downgrade: true, notes: The schema is the same.}
  - {from: ">=6.1,<7", to: ">=7,<8"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "paths.yaml").write_text(MATRIX)
    return tmp_path


def test_one_step_passes_and_says_what_to_do(shop: Path) -> None:
    found = going("paths.yaml", "4.2", "5.1", shop)
    (path,) = by_key(found)["path"]
    assert path.severity == "pass"
    assert path.title == "Shop: 4.2 → 5.1 (in one step)"


def test_each_stop_is_a_warning_with_its_notes(shop: Path) -> None:
    found = by_key(going("paths.yaml", "3.1", "5.1", shop))
    assert found["path"][0].title == "Shop: 3.1 → 4 → 5.1 (1 stop)"
    assert found["path"][0].severity == "info"
    (stop,) = found["stop"]
    assert (stop.severity, stop.subject) == ("warning", "4")
    assert [str(each) for each in stop.evidence] == [
        "https://shop.example/4: Stop the workers.",
        "Shop: Run the index job first.",
        "Shop: 4: end of life 2026-07-01",
    ]


@pytest.mark.parametrize("at", ["5", "5.0", "5.0.0"])
def test_what_is_there_already_passes(shop: Path, at: str) -> None:
    found = going("paths.yaml", at, "5.0", shop)
    assert found.worst == "pass"
    assert "installed already" in chain(found)


def test_a_release_is_reached_by_any_of_its_versions(shop: Path) -> None:
    assert "installed already" in chain(going("paths.yaml", "5.3", "5", shop))
    assert going("paths.yaml", "5.3", "5.2", shop).worst == "inhibitor"


def test_where_there_is_no_path_it_says_how_far_it_goes(shop: Path) -> None:
    found = by_key(going("paths.yaml", "3.1", "7.0", shop))
    (none,) = found["no-path"]
    assert none.severity == "inhibitor"
    assert none.title == "Shop: no legal path from 3.1 to 7.0"
    words = [each.text for each in none.evidence]
    assert "from 3.1 it goes as far as 5 and no farther" in words
    assert ">=7,<8 can be reached from >=6.1,<7" in words
    assert "Plan for 5" in none.remediation


def test_where_nothing_leads_on_at_all_it_says_so(shop: Path) -> None:
    (none,) = by_key(going("paths.yaml", "1.0", "9", shop))["no-path"]
    assert "no hop leads from 1.0 to anything nearer; no hop leads to 9 at all" in (
        none.evidence[1].text
    )


def test_going_back_is_refused_but_where_the_matrix_has_it(shop: Path) -> None:
    (refused,) = by_key(going("paths.yaml", "5.0", "4.9", shop))["downgrade"]
    assert refused.severity == "inhibitor"
    (allowed,) = by_key(going("paths.yaml", "5.1", "5.0", shop))["downgrade-path"]
    assert allowed.severity == "warning"
    assert allowed.evidence[1].text == "The schema is the same."


def test_ends_of_life_are_told_by_whose_they_are(shop: Path) -> None:
    """It is 1 May 2026: 3 ended yesterday, 4 ends in 61 days."""
    found = by_key(going("paths.yaml", "3.1", "4.0", shop))
    assert found["installed-end-of-life"][0].severity == "warning"
    assert str(found["installed-end-of-life"][0].evidence[0]).startswith("https://shop.example/eol")
    (near,) = found["target-end-of-life-near"]
    assert near.severity == "warning"
    assert "in 61 days" in near.title
    (past,) = by_key(going("paths.yaml", "2.9", "3.1", shop))["target-end-of-life"]
    assert past.severity == "high"


def test_the_day_of_the_window_is_what_counts(shop: Path) -> None:
    window = (datetime(2026, 7, 1, 20, tzinfo=UTC), datetime(2026, 7, 1, 23, tzinfo=UTC))
    found = by_key(going("paths.yaml", "4.0", "5.0", shop, window=window))
    assert "installed-end-of-life" in found
    earlier = (datetime(2026, 6, 30, 20, tzinfo=UTC), window[1])
    assert "installed-end-of-life-near" in by_key(
        going("paths.yaml", "4.0", "5.0", shop, window=earlier)
    )


def test_a_matrix_that_cannot_be_read_is_unknown_with_each_mistake(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "product: X\necosystem: generic\nhops:\n"
        '  - {from: ">=2,<1,>3", to: "1"}\n  - {from: "1", to: "what"}\n'
        '  - {from: "1", to: "3", stops: ["2", "1"]}\n'
    )
    (bad,) = by_key(going("m.yaml", "1", "2", tmp_path))["matrix-not-readable"]
    assert bad.severity == "unknown"
    assert len(bad.evidence) == 3
    (tmp_path / "m.yaml").write_text("product: X\necosystem: cobol\nhop: []\n")
    (bad,) = by_key(going("m.yaml", "1", "2", tmp_path))["matrix-not-readable"]
    assert any("m.yaml:2:" in each.text and "cobol" in each.text for each in bad.evidence)
    (gone,) = by_key(going("gone.yaml", "1", "2", tmp_path))["matrix-not-readable"]
    assert gone.severity == "unknown"


def test_a_target_that_is_no_version_is_unknown(shop: Path) -> None:
    assert by_key(going("paths.yaml", "3.1", "latest", shop))["bad-target"][0].severity == "unknown"


def test_an_installed_version_that_cannot_be_read_is_unknown_and_shown(shop: Path) -> None:
    (bad,) = by_key(going("paths.yaml", "nightly;5", "5", shop))["installed-not-readable"]
    assert bad.severity == "unknown"
    assert bad.evidence[0].text == "nightly;5"


def test_foreign_words_reach_no_terminal_raw(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        'product: "Shop\\e[31m"\necosystem: generic\n'
        'hops:\n  - {from: "1", to: "2", notes: "do\\e]0;x\\a this"}\n'
    )
    found = going("m.yaml", "1", "2", tmp_path)
    assert "\x1b" not in repr([str(f) for f in found.findings]).encode().decode("unicode_escape")


class Documented(Model, frozen=True, kw_only=True):
    checks: dict[str, UpgradePathCheck]


def test_the_examples_of_the_documentation_are_some(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "preflight" / "upgrade-path.md").read_text()
    check, matrix = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "check.yaml").write_text(check)
    (tmp_path / "matrix.yaml").write_text(matrix)
    read = YamlDocuments().read(tmp_path / "check.yaml", Documented)
    assert read.checks["path"].installed.ways == ("dpkg",)
    found = going("matrix.yaml", "3.2", "5.0", tmp_path)
    assert chain(found) == "Shop: 3.2 → 4 → 4.9 → 5.0 (2 stops)"


# --- the matrices that come with the program ----------------------------------------------------

BUNDLED = sorted(path.stem for path in MATRICES.glob("paths-*.yaml"))


def test_there_are_matrices() -> None:
    assert {"paths-postgresql", "paths-gitlab", "paths-airflow", "paths-nextcloud"} <= set(BUNDLED)


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_matrix_is_sound_and_says_where_it_is_from(name: str) -> None:
    document = YamlDocuments().read(MATRICES / f"{name}.yaml", PathMatrix)
    matrix = understood(document)
    assert document.sources
    for release in document.releases:
        assert release.end_of_life is None or release.source, release.version
    for hop in document.hops:
        assert hop.source, hop
    for url in re.findall(r"https?://\S+", (MATRICES / f"{name}.yaml").read_text()):
        assert url.startswith("https://")
    # Each release that is a stop can be left, but for the newest.
    for release in matrix.releases[:-1]:
        if release.release.stop:
            assert any(release.version in hop.start for hop in matrix.hops), release.version


@pytest.mark.parametrize(
    ("name", "at", "to", "expected"),
    [
        ("postgresql", "12.19", "18.1", "12.19 → 18.1 (in one step)"),
        ("postgresql", "9.1.24", "17.2", "9.1.24 → 14 → 17.2 (1 stop)"),
        ("postgresql", "15.3", "15.14", "15.3 → 15.14 (in one step)"),
        ("gitlab", "15.0.5", "16.0.10", "15.0.5 → 15.4 → 15.11 → 16.0.10 (2 stops)"),
        (
            "gitlab", "16.8.1-ee", "17.11.7",
            "16.8.1-ee → 16.11 → 17.3 → 17.5 → 17.8 → 17.11.7 (4 stops)",
        ),
        ("gitlab", "17.11.7", "18.2.0", "17.11.7 → 18.2.0 (in one step)"),
        ("gitlab", "18.2.1", "18.11.3", "18.2.1 → 18.5 → 18.8 → 18.11.3 (2 stops)"),
        ("nextcloud", "29.0.14.1", "32.0.2", "29.0.14.1 → 30 → 31 → 32.0.2 (2 stops)"),
        ("airflow", "2.4.3", "3.0.2", "2.4.3 → 2.11 → 3.0.2 (1 stop)"),
        ("airflow", "2.7.0", "3.0.2", "2.7.0 → 3.0.2 (in one step)"),
        ("debian", "11.11", "13", "11.11 → 12 → 13 (1 stop)"),
    ],
)  # fmt: skip
def test_paths_as_the_makers_describe_them(
    name: str, at: str, to: str, expected: str, tmp_path: Path
) -> None:
    assert chain(going(f"paths-{name}", at, to, tmp_path)).endswith(": " + expected)


@pytest.mark.parametrize(
    ("name", "at", "to", "key"),
    [
        ("airflow", "1.10.15", "3.0.0", "no-path"),
        ("nextcloud", "32.0.1", "31.0.9", "downgrade"),
        ("postgresql", "8.3", "18.0", "no-path"),
        ("gitlab", "12.10.14", "15.0.0", "no-path"),
    ],
)
def test_what_the_makers_do_not_support_has_no_path(
    name: str, at: str, to: str, key: str, tmp_path: Path
) -> None:
    assert by_key(going(f"paths-{name}", at, to, tmp_path))[key][0].severity == "inhibitor"
