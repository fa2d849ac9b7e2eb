"""The shortest legal path between versions, or why there is none; and the matrices that come with
the program.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks.installed import InstalledVersion
from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck
from runbook_tui.domain.findings import CheckResult
from runbook_tui.domain.runbook_model import Model
from runbook_tui.preflight.checks.upgrade_path import CHECK
from runbook_tui.preflight.target import MATRICES
from runbook_tui.preflight.versions.matrix import PathMatrix, understood
from tests.preflight.targets import by_key, result


def going(matrix: str, at: str, to: str, folder: Path, **more: Any) -> CheckResult:
    config = UpgradePathCheck(matrix=matrix, installed=InstalledVersion(version=at), to=to)
    return result(CHECK, config, folder, **more)


def chain(found: CheckResult) -> str:
    (path,) = by_key(found)["path"]
    return path.title


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
