"""Reading configuration with the line of every key, in each format; and hostile files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.preflight.config import line_readers as lines
from runbook_tui.preflight.config.formats import by_name, guessed, reader_of
from runbook_tui.preflight.config.json_reader import read_json
from runbook_tui.preflight.config.nginx_reader import read_nginx
from runbook_tui.preflight.config.settings import Include, Read, Setting, Trouble
from runbook_tui.preflight.config.toml_reader import read_toml
from runbook_tui.preflight.config.yaml_reader import read_yaml

Reader = Callable[[str], Iterator[Read]]
FORMATS = (
    "ini", "php", "env", "properties", "postgresql", "sshd", "words", "nginx", "json", "toml",
    "yaml",
)  # fmt: skip


def seen(reader: Reader, text: str) -> list[tuple[str, str, int]]:
    """The settings as (dotted key, value, line)."""
    found = [each for each in reader(text) if isinstance(each, Setting)]
    return [(".".join(each.path), each.value, each.line) for each in found]


def troubles(reader: Reader, text: str) -> list[int]:
    return [each.line for each in reader(text) if isinstance(each, Trouble)]


def includes(reader: Reader, text: str) -> list[tuple[str, int]]:
    return [(each.pattern, each.line) for each in reader(text) if isinstance(each, Include)]


def yaml(text: str) -> Iterator[Read]:
    return read_yaml(text, YamlDocuments().scalars)


class TestLines:
    def test_ini_has_sections_comments_and_values_over_several_lines(self) -> None:
        text = (
            "; c\n[core]\nkey = a b ; c\n# old = 1\nlong = one\n  not_a_key = two\n[other]\nx: 1\n"
        )
        assert seen(lines.read_ini, text) == [
            ("core.key", "a b", 3),
            ("core.long", "one", 5),
            ("other.x", "1", 8),
        ]

    def test_a_section_that_is_not_closed_is_said(self) -> None:
        assert troubles(lines.read_ini, "[core\nkey = 1\n") == [1]

    def test_php(self) -> None:
        text = "[PHP]\n  track_errors = On ; c\n;asp_tags=1\nphp_admin_value[error_log] = /x\n"
        assert seen(lines.read_php, text) == [
            ("PHP.track_errors", "On", 2),
            ("PHP.error_log", "/x", 4),
        ]

    def test_env(self) -> None:
        text = "# A=1\nexport B='x y' # c\nC=\nif true; then\n  ENV D=1\n- E=2\n"
        assert seen(lines.read_env, text) == [
            ("B", "x y", 2),
            ("C", "", 3),
            ("D", "1", 5),
            ("E", "2", 6),
        ]

    def test_properties_go_on_behind_a_backslash(self) -> None:
        text = "a.b = 1\n! c = 2\nlong = x \\\n  d = 3\ne: 4\n"
        assert seen(lines.read_properties, text) == [
            ("a.b", "1", 1),
            ("long", "x \\", 3),
            ("e", "4", 5),
        ]

    def test_postgresql_quotes_comments_and_includes(self) -> None:
        text = (
            "wal_level = 'replica' # c\nport 5432\nlog_line_prefix = '%m it''s # no comment'\n"
            "#jit = on\ninclude_if_exists 'more.conf'\ninclude_dir = 'conf.d'\n???\n"
        )
        assert seen(lines.read_postgresql, text) == [
            ("wal_level", "replica", 1),
            ("port", "5432", 2),
            ("log_line_prefix", "%m it's # no comment", 3),
        ]
        assert includes(lines.read_postgresql, text) == [("more.conf", 5), ("conf.d/", 6)]
        assert troubles(lines.read_postgresql, text) == [7]

    def test_sshd_match_blocks_and_includes(self) -> None:
        text = 'Port=22\nMatch User x\n  Ciphers "a,b" # c\nInclude a/*.conf "b c"\n#UseLogin no\n'
        assert seen(lines.read_sshd, text) == [
            ("Port", "22", 1),
            ("Match User x.Ciphers", "a,b", 3),
        ]
        assert includes(lines.read_sshd, text)[0] == ("a/*.conf", 4)

    def test_redis_has_no_comment_behind_a_value(self) -> None:
        text = 'rename-command FLUSHALL ""\nrequirepass a#b\ninclude /etc/redis/more.conf\n'
        assert seen(lines.read_words, text) == [
            ("rename-command", "FLUSHALL ", 1),
            ("requirepass", "a#b", 2),
        ]
        assert includes(lines.read_words, text) == [("/etc/redis/more.conf", 3)]


class TestNginx:
    def test_blocks_directives_over_several_lines_and_comments(self) -> None:
        text = (
            "http {\n  server { listen 443 ssl\n    http2; # ssl on;\n"
            "    location ~ \"^/a{3}$\" { return 200 'ssl on; }'; }\n  }\n}\n"
        )
        found = seen(read_nginx, text)
        assert ("http.server.listen", "443 ssl http2", 2) in found
        assert ("http.server.location.return", "200 ssl on; }", 4) in found
        assert not any(path.endswith(".ssl") for path, _value, _line in found)
        assert troubles(read_nginx, text) == []

    def test_tables_and_lua_are_no_directives(self) -> None:
        text = (
            "map $a $b { default x; ssl on; }\ntypes { text/html ssl; }\n"
            "content_by_lua_block { local a = { ssl = 1 }; }\nssl on;\n"
        )
        assert [line for path, _v, line in seen(read_nginx, text) if path.endswith("ssl")] == [4]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("a 1;\nb\n{\n c 1;\n", 2),
            ("a 1\n", 1),
            ("a 1;\n}\n", 2),
            ("\na { b }\n", 2),
            ("x '1\n", 1),
        ],
    )
    def test_what_is_not_closed_is_said(self, text: str, line: int) -> None:
        assert line in troubles(read_nginx, text)

    def test_includes(self) -> None:
        text = "http { include mime.types; include /etc/nginx/conf.d/*.conf; }"
        assert includes(read_nginx, text) == [("mime.types", 1), ("/etc/nginx/conf.d/*.conf", 1)]


class TestJson:
    def test_every_scalar_has_the_line_of_its_key(self) -> None:
        text = '{"a": 1,\n "b": {"c": [1, {"d": "x"},\n [2]], "e":\n null}, // c\n "f": []}'
        assert seen(read_json, text) == [
            ("a", "1", 1),
            ("b.c.0", "1", 2),
            ("b.c.1.d", "x", 2),
            ("b.c.2.0", "2", 3),
            ("b.e", "null", 3),
        ]

    def test_escaped_keys_are_read(self) -> None:
        assert seen(read_json, '{"wal\\u005flevel": "\\n"}') == [("wal_level", "\n", 1)]

    @pytest.mark.parametrize(
        "text", ['{"a": 1', "{a: 1}", '{"a": ]}', "", '{"a":\n "x\n', "{" * 500, '{"a": {1: 2}}']
    )
    def test_what_is_no_json_is_said(self, text: str) -> None:
        assert troubles(read_json, text)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(min_size=1, max_size=4), inner)
            ),
            max_leaves=15,
        )
    )
    def test_it_reads_what_json_writes(self, value: object) -> None:
        def flat(path: tuple[str, ...], inner: object) -> Iterator[tuple[tuple[str, ...], str]]:
            if isinstance(inner, dict):
                for key, each in inner.items():
                    yield from flat((*path, key), each)
            elif isinstance(inner, list):
                for number, each in enumerate(inner):
                    yield from flat((*path, str(number)), each)
            elif path:
                yield path, inner if isinstance(inner, str) else json.dumps(inner)

        for indent in (None, 1):
            text = json.dumps(value, indent=indent)
            found = [(e.path, e.value) for e in read_json(text) if isinstance(e, Setting)]
            assert found == list(flat((), value))
            assert troubles(read_json, text) == []


class TestToml:
    def test_tables_arrays_and_values_over_several_lines(self) -> None:
        text = (
            '# c\na = 1\n[t.u]\n"k.x" = """\n[no]\nz = 1\n"""\nl = [\n  1, # ]\n  2,\n]\n'
            "[[arr]]\nx = {y = 1, z = {q = true}}\n[[arr]]\nx = 5\n[arr.s]\nv.w = 'i'\n"
        )
        assert seen(read_toml, text) == [
            ("a", "1", 2),
            ("t.u.k.x", "[no]\nz = 1\n", 4),
            ("t.u.l.0", "1", 8),
            ("t.u.l.1", "2", 8),
            ("arr.x.y", "1", 13),
            ("arr.x.z.q", "true", 13),
            ("arr.x", "5", 15),
            ("arr.s.v.w", "i", 17),
        ]

    @pytest.mark.parametrize(
        ("text", "line"), [("a = 1\nb = \n", 2), ("a = [1\n", 2), ("a = " + "[" * 4000, 1)]
    )
    def test_what_is_no_toml_is_said_with_its_line(self, text: str, line: int) -> None:
        assert troubles(read_toml, text) == [line]


class TestYaml:
    def test_lines_count_over_several_documents(self) -> None:
        text = "a: 1\nb:\n  - c: 2\n---\nd: 3\n---\n# nothing\n--- \ne:\n  f: 4\n"
        assert seen(yaml, text) == [
            ("a", "1", 1),
            ("b.0.c", "2", 3),
            ("d", "3", 5),
            ("e.f", "4", 10),
        ]

    def test_one_broken_document_does_not_hide_the_others(self) -> None:
        text = "a: 1\n---\nb: [\n---\nc: 3\n"
        assert seen(yaml, text) == [("a", "1", 1), ("c", "3", 5)]
        assert len(troubles(yaml, text)) == 1

    def test_a_huge_one_is_said_and_not_parsed(self) -> None:
        assert troubles(yaml, "a: 1\n" * 300_000) == [1]


def test_formats_are_known_by_name_and_by_looks() -> None:
    names = {
        "app.ini": "ini", "x.toml": "toml", "x.yml": "yaml", "values.yaml.j2": "yaml",
        ".env.production": "env", "sshd_config.dpkg-old": "sshd", "a.json": "json", "x.conf": None,
    }  # fmt: skip
    assert {name: by_name(name) for name in names} == names
    assert guessed("server {\n listen 80;\n root /x;\n}\n") == "nginx"
    assert guessed("[a]\nb=1\n") == "ini"
    assert guessed("a = 1\n") == "properties"
    assert guessed("Port 22\n") == "words"
    assert guessed('{"a": 1}') == "json"


HOSTILE = [
    "a" * 2_000,
    "a=" * 1_000,
    " " * 2_000 + "x",
    '"' + "\\" * 2_001,
    "'" * 2_001,
    "[" * 2_000,
    "{" * 2_000,
    "a." * 1_000 + "=1",
    "- " * 1_000,
    "$" * 2_000 + "{",
    "\x1b[31m\x00\u202e" * 500,
    "k = '" + "''" * 1_000,
    '"a' * 1_000,
    "#" * 2_000,
    "a: " * 600,
    "\t=\t" * 600,
    "k=v " * 600,
]


@pytest.mark.parametrize("form", FORMATS)
def test_no_line_takes_long(form: str) -> None:
    reader = reader_of(form, YamlDocuments().scalars)  # type: ignore[arg-type]
    for line in HOSTILE:
        began = time.perf_counter()
        for text in (line, f"a = 1\n{line}\nb = 2\n", "\n".join([line] * 20)):
            list(reader(text))
        assert time.perf_counter() - began < 3, (form, line[:40])


@pytest.mark.parametrize("form", FORMATS)
@given(text=st.text(alphabet=st.sampled_from("ab=:[]{}\"'#;\\\n \t-,.x1"), max_size=60))
def test_nothing_makes_a_reader_fail(form: str, text: str) -> None:
    for each in reader_of(form, YamlDocuments().scalars)(text):  # type: ignore[arg-type]
        assert 1 <= each.line <= text.count("\n") + 2
