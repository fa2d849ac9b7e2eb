"""Versions are ordered as the tools of their ecosystems order them."""

from __future__ import annotations

import itertools
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.preflight.versions.order import BadVersionError, Ecosystem, Order, upstream

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
