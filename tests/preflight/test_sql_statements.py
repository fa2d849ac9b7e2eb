"""SQL is cut into statements as each database cuts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.planning import plan
from runbook_tui.preflight.sql.statements import split
from runbook_tui.preflight.sql.tokens import Dialect

from .reading_sql import texts

# ---- cutting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';'; SELECT 2;", ["SELECT ';'", "SELECT 2"]),
        ("SELECT 'it''s; '; SELECT 2", ["SELECT 'it''s; '", "SELECT 2"]),
        (r"SELECT 'a\'; SELECT 2", [r"SELECT 'a\'", "SELECT 2"]),
        (r"SELECT E'a\'; b'; SELECT 2", [r"SELECT E'a\'; b'", "SELECT 2"]),
        ('SELECT "a;""b"; SELECT 2', ['SELECT "a;""b"', "SELECT 2"]),
        ("SELECT $$ ; $$; SELECT 2", ["SELECT $$ ; $$", "SELECT 2"]),
        ("SELECT $a$ ; $$ ; $a$; SELECT $1", ["SELECT $a$ ; $$ ; $a$", "SELECT $1"]),
        ("SELECT 1 -- ; no\n; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT /* ; /* ; */ ; */ 1; SELECT 2", ["SELECT /* ; /* ; */ ; */ 1", "SELECT 2"]),
        ("\\set x 'a;b'\nSELECT 1;\n\\i other.sql\n", ["SELECT 1"]),
        ("SELECT 1 \\g\nSELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("COPY a FROM stdin;\n1\t;x'\n\\.\nSELECT 2;", ["COPY a FROM stdin", "SELECT 2"]),
        ("COPY a FROM stdin;\n\\.\nSELECT 2;", ["COPY a FROM stdin", "SELECT 2"]),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
            ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
        ),
        (";;;", []),
        ("", []),
    ],
)
def test_a_semicolon_ends_a_statement_only_where_it_is_one(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


@pytest.mark.parametrize(
    ("dialect", "sql", "count"),
    [
        ("mysql", "SELECT 'a\\'; b'; SELECT `a;b`; # ; c\nSELECT 3", 3),
        ("mysql", "/*!40101 SET NAMES utf8 */; SELECT 1;", 2),
        ("mysql", "DELIMITER //\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET x = 1; "
         "SET y = 2; END//\nDELIMITER ;\nSELECT 1; SELECT 2;", 3),
        ("sqlite", "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN c THEN 1 "
         "ELSE 2 END; DELETE FROM b; END; SELECT 1;", 2),
        ("sqlite", "SELECT [a;b] FROM c; SELECT 2", 2),
    ],
)  # fmt: skip
def test_each_dialect_has_its_own_way(dialect: Dialect, sql: str, count: int) -> None:
    assert len(texts(sql, dialect)) == count


def test_every_statement_knows_its_line() -> None:
    found = split("-- a\n\nSELECT 1;\nSELECT\n 2;\n/* \n */ SELECT 3;", "postgresql")
    assert [statement.line for statement in found] == [3, 4, 7]


def test_what_never_ends_is_marked() -> None:
    assert [s.open for s in split("SELECT 1; SELECT 'a; SELECT 2;", "postgresql")] == [False, True]
    assert split("SELECT 1; /* a", "postgresql")[-1].open


@given(
    st.text(alphabet="ab;'\"$\\/*-\n `[]()Ee1,", max_size=80),
    st.sampled_from(["postgresql", "mysql", "sqlite"]),
)
def test_any_text_is_cut_and_nothing_is_in_two_statements(text: str, dialect: Dialect) -> None:
    found = split(text, dialect)
    assert sum(len(s.text) for s in found if not s.is_meta) <= len(text)
    for statement in found:
        assert statement.text in text
    list(plan(found, dialect, (15,), Catalogue()))


WORDS = """
    alter table create index drop a b ( ) , . add column constraint foreign key references type
    set not null default primary unique using on rename to partition of select from join where
    insert into update delete with as ; 'x' 5 if exists only cascade materialized view
"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=25))
def test_no_order_of_words_stops_the_reader(words: list[str]) -> None:
    for dialect in ("postgresql", "mysql", "sqlite"):
        list(plan(split(" ".join(words), dialect), dialect, (15,), Catalogue()))
