"""Keys that the new version does not know, in real kinds of files, with what is done about them."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.domain.checks.config_keys import ConfigKeysCheck
from runbook_tui.domain.findings import CheckResult, Edit, Finding, line_digest
from runbook_tui.preflight.checks.config_keys import CHECK
from runbook_tui.preflight.trees import Tree

from .targets import by_key, result, target

MATRIX = """
product: Widget
ecosystem: semver
files: [widget.conf, widget.ini, "widget/*"]
format: properties
refuses-to-start: true
env: WIDGET__{section}__{key}
suffixes: [_cmd]
keys:
- key: old_name
  removed-in: 2.0.0
  replacement: new_name
  available-in: 1.5.0
  source: https://widget.example.org/2.0
- key: going_away
  deprecated-in: 2.0.0
  removed-in: 3.0.0
  refuses-to-start: false
  source: https://widget.example.org/2.0
- key: sized
  removed-in: 2.0.0
  replacement: size_in_bytes
  convert: size_in_bytes counts bytes
  source: https://widget.example.org/2.0
- key: mode
  values:
    fast: {removed-in: 2.0.0, replacement: quick}
    slow*: {deprecated-in: 2.0.0}
  source: https://widget.example.org/2.0
- key: methods
  each-word: true
  values:
    md5: {removed-in: 2.0.0, replacement: sha256}
  source: https://widget.example.org/2.0
- key: moved_option
  section: one
  removed-in: 2.0.0
  replacement: two.moved_option
  refuses-to-start: false
  source: https://widget.example.org/2.0
- key: retries
  defaults:
  - {changed-in: 1.2.0, from: "1", to: "2", when-unset: warning}
  - {changed-in: 2.0.0, from: "2", to: "3", when-unset: warning}
  source: https://widget.example.org/2.0
"""


@pytest.fixture(autouse=True)
def matrix(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MATRIX)
    (tmp_path / "etc").mkdir()


def check(folder: Path, *paths: str, **more: Any) -> CheckResult:
    given: dict[str, Any] = {"matrix": "m.yaml", "from_": "1.6.0", "to": "2.1.0"} | more
    return result(CHECK, ConfigKeysCheck(paths=paths or ("etc",), **given), folder)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "etc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def one(found: CheckResult, key: str) -> Finding:
    (finding,) = by_key(found)[key]
    return finding


def carry_out(edit: Edit) -> None:
    """What the program does with an edit."""
    path = Path(edit.path)
    lines = path.read_bytes().split(b"\n")
    line = lines[edit.line - 1]
    assert line_digest(line) == edit.digest
    lines[edit.line - 1] = line.replace(edit.find.encode(), edit.put.encode())
    path.write_bytes(b"\n".join(lines))


class TestVerdicts:
    def test_a_key_that_keeps_the_product_from_starting_inhibits(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "# old_name = 0\nold_name = 1\n")
        finding = one(check(tmp_path), "renamed")
        assert finding.severity == "inhibitor"
        assert finding.subject == "etc/widget.conf: old_name"
        assert [str(each) for each in finding.evidence] == ["etc/widget.conf:2: old_name = 1"]
        assert "https://widget.example.org/2.0" in finding.remediation

    def test_only_its_own_files_can_say_that(self, tmp_path: Path) -> None:
        write(tmp_path, "values.yaml", "widget:\n  old_name: 1\n")
        finding = one(check(tmp_path), "renamed")
        assert (finding.severity, finding.evidence[0].line) == ("high", 2)
        assert "start" not in finding.title

    def test_a_file_that_was_named_itself_is_the_products_own(self, tmp_path: Path) -> None:
        write(tmp_path, "other.conf", "mode = fast\n")
        assert "value-removed" not in by_key(check(tmp_path))
        assert one(check(tmp_path, "etc/other.conf"), "value-removed").severity == "inhibitor"

    def test_deprecated_is_a_warning_until_it_is_removed(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "going_away = 1\n")
        assert one(check(tmp_path), "deprecated").severity == "warning"
        assert one(check(tmp_path, to="3.0.0"), "removed").severity == "high"
        assert "deprecated" not in by_key(check(tmp_path, from_="1.0.0", to="1.9.9"))

    def test_what_was_gone_before_is_found_with_and_without_a_start(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "old_name = 1\n")
        for start in ("2.0.5", None):
            assert by_key(check(tmp_path, from_=start))["renamed"]

    def test_values(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "mode = 'FAST' # c\n")
        write(tmp_path, "widget.ini", "[a]\nmode = slower\nmethods = sha1, +md5\n")
        found = by_key(check(tmp_path))
        assert {f.subject for f in found["value-removed"]} == {
            "etc/widget.conf: mode=fast",
            "etc/widget.ini: methods=md5",
        }
        assert [f.severity for f in found["value-deprecated"]] == ["warning"]

    def test_a_value_taken_out_of_a_list_is_no_use_of_it(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "methods = -md5\n")
        assert "value-removed" not in by_key(check(tmp_path))

    def test_sections_count(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.ini", "[two]\nmoved_option = 1\n[one]\nmoved_option = 2\n")
        finding = one(check(tmp_path), "renamed")
        assert [each.line for each in finding.evidence] == [4]
        assert finding.remedies == ()  # it moves: no editing of one line

    def test_every_place_of_a_key_is_named_in_one_finding(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "old_name = 1\n\nold_name = 2\n")
        assert [each.line for each in one(check(tmp_path), "renamed").evidence] == [1, 3]

    def test_fingerprints_do_not_change_when_lines_move(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "old_name = 1\n")
        before = one(check(tmp_path), "renamed")
        write(tmp_path, "widget.conf", "# c\n\nold_name = 1\n")
        after = one(check(tmp_path), "renamed")
        assert before.fingerprint == after.fingerprint
        assert before.evidence_digest == after.evidence_digest


class TestFormats:
    @pytest.mark.parametrize(
        ("name", "text", "line"),
        [
            ("a.json", '{"x": {\n "old_name": 1}}', 2),
            ("a.toml", '[x]\n"old_name" = """\nold_name\n"""\n', 2),
            ("a.yaml", "---\nx:\n- 'old_name': 1\n", 3),
            ("a.ini", "[x]\nold_name: 1\n", 2),
            (".env", "\nexport WIDGET__X__A=1\nold_name=1\n", 3),
            ("a.conf", "[x]\nold_name = 1\n", 2),
            ("b.conf", "server {\n  listen 1;\n  old_name 1;\n}\n", 3),
            ("c.conf", "Port 22\nold_name yes\n", 2),
            ("compose.yaml", "command: widget -c old_name=1\n", 1),
            ("unit.service", "[Service]\nExecStart=/usr/bin/widget -c old_name=1\n", 2),
            ("map.yaml", "data:\n  widget.conf: |\n    # c\n    old_name = 1\n", 4),
            ("a.conf.j2", "{% if x %}\nold_name = {{ y }}\n{% endif %}\n", 2),
        ],
    )
    def test_the_line_is_found_in_every_kind_of_file(
        self, tmp_path: Path, name: str, text: str, line: int
    ) -> None:
        write(tmp_path, name, text)
        finding = one(check(tmp_path), "renamed")
        assert [each.line for each in finding.evidence] == [line]

    def test_variables_of_the_environment(self, tmp_path: Path) -> None:
        write(tmp_path, ".env", "WIDGET__ONE__MOVED_OPTION=1\n")
        write(
            tmp_path,
            "k8s.yaml",
            "env:\n- name: WIDGET__ONE__MOVED_OPTION_CMD\n  value: x\nlist:\n"
            "- WIDGET__ONE__MOVED_OPTION=2\n",
        )
        write(tmp_path, "run.sh", "#!/bin/sh\nexport WIDGET__ONE__MOVED_OPTION=3\n")
        found = by_key(check(tmp_path))["renamed"]
        places = sorted(f"{each.place}:{each.line}" for f in found for each in f.evidence)
        assert places == ["etc/.env:1", "etc/k8s.yaml:2", "etc/k8s.yaml:5", "etc/run.sh:2"]
        put = {edit.put for f in found for remedy in f.remedies for edit in remedy.edits}
        assert put == {"WIDGET__TWO__MOVED_OPTION", "WIDGET__TWO__MOVED_OPTION_CMD"}

    def test_what_cannot_be_parsed_is_unknown_and_looked_through_all_the_same(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path, "a.json", '{"x": 1,\n "old_name": 2\n')
        write(tmp_path, "b.yaml", "x: [\n\nold_name: 2\n")
        write(tmp_path, "c.toml", "x = \nold_name = 2\n")
        found = by_key(check(tmp_path))
        assert {f.subject: f.severity for f in found["not-parsed"]} == {
            "etc/a.json": "unknown",
            "etc/b.yaml": "unknown",
            "etc/c.toml": "unknown",
        }
        assert any("etc/c.toml:1:" in f.title for f in found["not-parsed"])
        assert [f.evidence[0].line for f in found["renamed"]] == [2, 3, 2]

    def test_a_format_that_was_only_guessed_is_no_fault_of_the_file(self, tmp_path: Path) -> None:
        write(tmp_path, "a.conf", "pcm.x {\n  type hw\n}\nctl.x {\n  type hw\n}\nold_name 1\n")
        found = by_key(check(tmp_path))
        assert "not-parsed" not in found
        assert found["renamed"][0].evidence[0].line == 7

    def test_other_files_are_left_out_and_counted(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "retries = 1\n")
        write(tmp_path, "README", "old_name = 1\n")
        (tmp_path / "etc" / "x.json").write_bytes(b"\0" * 10)
        finding = one(check(tmp_path), "none")
        assert finding.severity == "pass"
        assert "1 file" in finding.title
        assert "2 left out" in finding.title


class TestRemedies:
    def test_a_rename_is_done_on_its_line_and_nowhere_else(self, tmp_path: Path) -> None:
        path = write(tmp_path, "widget.conf", "# old_name here\nold_name = 1 \xe4\nx = 1\n")
        (remedy,) = one(check(tmp_path), "renamed").remedies
        assert "1.5.0" in remedy.label
        for edit in remedy.edits:
            carry_out(edit)
        assert path.read_text() == "# old_name here\nnew_name = 1 \xe4\nx = 1\n"
        assert "renamed" not in by_key(check(tmp_path))

    def test_a_value_is_replaced(self, tmp_path: Path) -> None:
        path = write(tmp_path, "widget.conf", "mode = fast\r\nmethods = a,md5,b\n")
        for finding in by_key(check(tmp_path))["value-removed"]:
            for edit in finding.remedies[0].edits:
                carry_out(edit)
        assert path.read_bytes() == b"mode = quick\r\nmethods = a,sha256,b\n"

    @pytest.mark.parametrize(
        "text",
        [
            "old_name = old_name\n",  # twice
            "old_name = very_old_name_of_it\n",  # inside of another word
            "old_name = 1 # was new_name\n",  # the new one is there
            "sized = 1\n",  # the value changes with it
        ],
    )
    def test_in_doubt_a_person_does_it(self, tmp_path: Path, text: str) -> None:
        write(tmp_path, "widget.conf", text)
        assert one(check(tmp_path), "renamed").remedies == ()

    def test_copies_out_of_a_package_are_not_edited(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "old_name = 1\n")
        package = tmp_path / "package.zip"
        package.write_bytes(b"PK")
        inside = Tree(tmp_path / "etc", "package.zip!", editable=False)
        config = ConfigKeysCheck(matrix="m.yaml", paths=("package.zip",), to="2.1.0")
        subject = replace(target(config, tmp_path), unpack=lambda _path, _name: inside)
        found = [f for f in CHECK.find(subject) if f is not None]
        (renamed,) = [f for f in found if f.key == "renamed"]
        assert renamed.remedies == ()
        assert renamed.evidence[0].place == "package.zip!widget.conf"
        (grep,) = [f for f in found if f.key == "grep"]
        assert grep.evidence[0].text.endswith(" widget.conf")
        assert str(tmp_path) not in grep.evidence[0].text


class TestDefaults:
    def test_only_changes_on_the_way_and_only_of_what_nothing_sets(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "x = 1\n")
        (finding,) = by_key(check(tmp_path))["default-changed"]
        assert (finding.severity, finding.subject) == ("warning", "retries")
        assert "3" in finding.title
        assert len(by_key(check(tmp_path, from_="1.0.0"))["default-changed"]) == 2
        write(tmp_path, "widget.ini", "[a]\nretries = 2\n")
        assert "default-changed" not in by_key(check(tmp_path))

    def test_without_its_configuration_nothing_is_said(self, tmp_path: Path) -> None:
        write(tmp_path, "values.yaml", "x: 1\n")
        assert "default-changed" not in by_key(check(tmp_path))


class TestUnknown:
    def test_what_cannot_be_looked_at_is_no_pass(self, tmp_path: Path) -> None:
        (tmp_path / "etc" / "widget.conf").write_bytes(b"old_name\0")
        found = by_key(check(tmp_path, "etc", "nowhere"))
        assert found["not-text"][0].severity == "unknown"
        assert found["not-there"][0].severity == "unknown"
        assert found["nothing-to-look-at"][0].severity == "unknown"
        assert "none" not in found

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
    def test_a_file_that_may_not_be_read(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "old_name = 1\n").chmod(0)
        assert by_key(check(tmp_path))["not-readable"][0].severity == "unknown"

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"to": "latest"}, "version"),
            ({"from_": "3.0.0"}, "not-an-upgrade"),
            ({"matrix": "none.yaml"}, "matrix"),
            ({"matrix": "bad.yaml"}, "matrix"),
        ],
    )
    def test_a_question_that_makes_no_sense(
        self, tmp_path: Path, change: dict[str, str], key: str
    ) -> None:
        (tmp_path / "bad.yaml").write_text("product: x\nkeys:\n- key: a\n  sauce: b\n")
        (finding,) = check(tmp_path, **change).findings
        assert (finding.key, finding.severity) == (key, "unknown")

    def test_a_matrix_says_where_it_is_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "bad.yaml").write_text("product: x\nkeys:\n- key: a\n")
        (finding,) = check(tmp_path, matrix="bad.yaml").findings
        assert re.search(r"bad\.yaml:3", finding.title)
        assert "source" in finding.title

    def test_a_huge_file_is_said_to_be_cut(self, tmp_path: Path) -> None:
        write(tmp_path, "widget.conf", "x = 1\n" * 800_000 + "old_name = 1\n")
        assert by_key(check(tmp_path))["too-large"][0].severity == "unknown"


class TestIncludes:
    def nginx(self, folder: Path, *paths: str) -> dict[str, list[Finding]]:
        return by_key(check(folder, *paths, matrix="keys-nginx", from_="1.22", to="1.26"))

    def test_what_lies_outside_and_is_there_is_unknown(self, tmp_path: Path) -> None:
        write(tmp_path, "nginx.conf", "include conf.d/*.conf;\ninclude mime.types;\n")
        write(tmp_path, "conf.d/a.conf", "server { ssl on; }\n")
        (finding,) = self.nginx(tmp_path, "etc/nginx.conf")["include-outside"]
        assert (finding.severity, finding.evidence[0].line) == ("unknown", 1)
        found = self.nginx(tmp_path, "etc")
        assert "include-outside" not in found
        # Included by a file of its own, so it is one, too, whatever its name.
        assert [f.severity for f in found["renamed"]] == ["inhibitor"]

    def test_what_is_not_here_either_is_said(self, tmp_path: Path) -> None:
        write(tmp_path, "nginx.conf", "include /nowhere/at/all/*.conf;\n")
        (finding,) = self.nginx(tmp_path)["include-outside"]
        assert finding.severity == "info"


SECRET = "hunter2hunter2"


def test_secrets_and_control_characters_never_get_into_a_finding(tmp_path: Path) -> None:
    write(tmp_path, "widget.conf", f"old_name = \x1b[2J\u202e x password={SECRET}\n")
    write(tmp_path, "\x1b[31mred.json", f'{{"old_name": 1, "password": "{SECRET}"')
    for finding in check(tmp_path).findings:
        for text in (finding.title, finding.subject, *map(str, finding.evidence)):
            assert SECRET not in text
            assert "\x1b" not in text
            assert "\u202e" not in text


class TestGrep:
    @pytest.mark.parametrize(
        ("name", "start", "to", "files"),
        [
            (
                "keys-postgresql", "12", "18",
                {"postgresql.conf": "wal_keep_segments=5\n  Force_Parallel_Mode = on\n#jit=on\n",
                 "patroni.yaml": "p:\n  vacuum_defer_cleanup_age: 1\n"},
            ),
            (
                "keys-openssh", "8.0", "10.0",
                {"sshd_config": "UseLogin no\nMatch User a\n\tPubkeyAcceptedKeyTypes +ssh-rsa\n"},
            ),
            (
                "keys-nginx", "1.20", "1.26",
                {"nginx.conf": "http{server{listen 443 ssl http2;ssl on;\nhttp2_push /a;}}\n"},
            ),
            (
                "keys-redis", "4.0", "7.0",
                {"redis.conf": "slaveof a 1\nlua-time-limit 5\nRename-Command STRALGO \"\"\n"},
            ),
            ("keys-php", "7.4", "8.5", {"php.ini": "track_errors=On\nassert.active = 1\n"}),
            (
                "keys-airflow", "2.7.0", "3.0.0",
                {"airflow.cfg": "[core]\ndag_concurrency = 1\nsql_alchemy_conn_cmd = x\n",
                 ".env": "AIRFLOW__WEBSERVER__WORKERS=4\nAIRFLOW__SMTP__SMTP_PASSWORD_SECRET=x\n"},
            ),
        ],
    )  # fmt: skip
    def test_it_finds_what_the_check_finds(
        self, tmp_path: Path, name: str, start: str, to: str, files: dict[str, str]
    ) -> None:
        for file, text in files.items():
            write(tmp_path, f"it's here/{file}", text)
        found = check(tmp_path, matrix=name, from_=start, to=to)
        mine = {
            f"{tmp_path}/{each.place}:{each.line}"
            for finding in found.findings
            if finding.key
            in ("removed", "renamed", "deprecated", "value-removed", "value-deprecated")
            for each in finding.evidence
        }
        grep = one(found, "grep")
        assert grep.severity == "info"
        command = grep.evidence[0].text
        assert command.startswith("grep -nE")
        for posix in ({}, {"POSIXLY_CORRECT": "1"}):
            done = subprocess.run(
                ["sh", "-c", command.replace("grep ", "grep -H ", 1)],
                capture_output=True, text=True, check=True, timeout=20,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C", **posix},
            )  # fmt: skip
            theirs = {":".join(line.split(":")[:2]) for line in done.stdout.splitlines()}
            assert mine <= theirs
        assert len(mine) >= 2

    def test_many_files_are_searched_by_their_folder(self, tmp_path: Path) -> None:
        for number in range(40):
            write(tmp_path, f"{number}.ini", "[a]\nold_name = 1\n")
        command = one(check(tmp_path), "grep").evidence[0].text
        assert command.startswith(("grep -nEir ", "grep -nEr "))
        assert len(command) < 400
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) == 40


class TestBundled:
    """What somebody meets who upgrades with the matrices that come with the program."""

    def test_airflow(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            "airflow.cfg",
            "[core]\nexecutor = SequentialExecutor\nsql_alchemy_conn = postgresql://u:secret99@h/d\n"
            "[webserver]\nbase_url = http://x\n[scheduler]\ncatchup_by_default = False\n",
        )
        found = check(tmp_path, matrix="keys-airflow", from_="2.7.3", to="3.0.1")
        keys = by_key(found)
        assert {f.subject.split(": ")[1] for f in keys["renamed"]} == {
            "base_url",
            "sql_alchemy_conn",
        }
        assert keys["value-removed"][0].remedies[0].edits[0].put == "LocalExecutor"
        assert "scheduler.catchup_by_default" not in {f.subject for f in keys["default-changed"]}
        assert "secret99" not in repr(found)

    def test_nginx_under_its_folder(self, tmp_path: Path) -> None:
        write(tmp_path, "nginx/sites-available/a", "server { listen 443 ssl http2; ssl on; }\n")
        write(tmp_path, "app.yaml", "ssl: true\nlisten: 443 http2\n")
        keys = by_key(check(tmp_path, matrix="keys-nginx", from_="1.22", to="1.26"))
        assert keys["renamed"][0].severity == "inhibitor"
        assert {f.evidence[0].place for f in keys["renamed"]} == {"etc/nginx/sites-available/a"}
        assert keys["value-deprecated"][0].severity == "warning"

    def test_php_that_ends_with_a_fatal_error(self, tmp_path: Path) -> None:
        write(tmp_path, "php.ini", "track_errors = On\nmbstring.func_overload = 7\n")
        keys = by_key(check(tmp_path, matrix="keys-php", from_="7.4", to="8.2"))
        assert [f.severity for f in keys["value-removed"]] == ["inhibitor"]
        assert [f.subject for f in keys["removed"]] == ["etc/php.ini: mbstring.func_overload"]
        write(tmp_path, "php.ini", "track_errors = Off\n")
        keys = by_key(check(tmp_path, matrix="keys-php", from_="7.4", to="8.2"))
        assert [f.severity for f in keys["removed"]] == ["high"]

    def test_a_debian_package_version_will_do(self, tmp_path: Path) -> None:
        write(tmp_path, "sshd_config", "HostKeyAlgorithms ssh-dss\n")
        keys = by_key(
            check(tmp_path, matrix="keys-openssh", from_="1:9.2p1-2+deb12u3", to="1:10.0p1-7")
        )
        assert keys["value-removed"][0].severity == "inhibitor"
