"""Templates of messages: filled in, and nothing else, whatever they say."""

from __future__ import annotations

import contextlib
import time

import pytest
from domain.play import START
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.messages.events import UsedFact
from runbook_tui.domain.messages.lint import lint
from runbook_tui.domain.messages.remarks import Facts
from runbook_tui.formats.message_templates import LONGEST, TemplateError, fill, names

FACTS = {
    "about": UsedFact(name="about", words="the order service"),
    "late": UsedFact(name="late", words=""),
}


def text(template: str, **parameters: str) -> str:
    return fill(template, FACTS, parameters).text


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("We work on {{ about }}.", "We work on the order service."),
        ("{{ about|upper }}", "THE ORDER SERVICE"),
        ("{% if late %}Late.{% else %}On time.{% endif %}", "On time."),
        ('{{ late or "[describe it]" }}', "[describe it]"),
        ('{{ "On " ~ about ~ "." }}', "On the order service."),
        ("{{ site|default('our site') }}", "our site"),
        ("{{ site }}", "Basel"),
        ("{{ unheard_of }}", "{{ unheard_of }}"),
        ("{{ about if not late else 'late' }}", "the order service"),
    ],
)
def test_what_a_template_says(template: str, filled: str) -> None:
    values = {} if "default" in template else {"site": "Basel"}
    assert text(template, **values) == filled


@pytest.mark.parametrize(
    "template",
    [
        "{{ about.__class__ }}", "{{ about['x'] }}", "{{ about[0] }}", "{{ about|attr('x') }}",
        "{{ about() }}", "{{ range(10) }}", "{{ lipsum() }}", "{{ cycler.__init__ }}", "{{ self }}",
        "{{ self.__init__ }}", "{% for a in about %}{{ a }}{% endfor %}", "{% set a = 1 %}",
        "{% macro a() %}{% endmacro %}", "{% include 'etc/passwd' %}", "{% import 'a' as b %}",
        "{% extends 'a' %}", "{% block a %}{% endblock %}", "{% call about() %}{% endcall %}",
        "{{ 'a' * 1000000000 }}", "{{ 9 ** 9 ** 9 }}", "{{ '%9999999d' % 1 }}", "{{ 1 + 1 }}",
        "{{ [about] }}", "{{ {'a': 1} }}", "{{ (about, about) }}", "{{ about|replace('a', 'b') }}",
        "{{ about|format(1) }}", "{{ about|center(99999999) }}",
        "{% filter upper %}a{% endfilter %}", "{{", "{% if about %}", "{{ about", "{% end %}",
        "{{ 1/0 }}",
        "{{ about is divisibleby 0 }}", "{{ about < 1 }}", "x" * (LONGEST + 1),
    ],
)  # fmt: skip
def test_what_a_template_may_not_say(template: str) -> None:
    with pytest.raises(TemplateError) as refused:
        text(template)
    assert str(refused.value)
    assert len(str(refused.value)) <= 200
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("begin", "middle", "end"),
    [
        ("{{ " + "(" * 3900, "about", ")" * 3900 + " }}"),
        ("{{ " + "not " * 1900, "about", " }}"),
        ("{% if about %}" * 300, "x", "{% endif %}" * 300),
        ("{{ about" + "|upper" * 1300, "", " }}"),
        ("{{ about" + " ~ about" * 990, "", " }}"),
        ("{{ " + "about if about else " * 390, "about", " }}"),
        ("{{ about" + " and about" * 790, "", " }}"),
        ("{{ about" + " == about" * 800, "", " }}"),
        ("{{ " + "((" * 90, "about", "))" * 90 + " }}"),
    ],
)
def test_nesting_is_refused_or_filled_in_but_never_more(begin: str, middle: str, end: str) -> None:
    template = begin + middle + end
    begun = time.process_time()
    with contextlib.suppress(TemplateError):
        assert len(text(template)) <= len(template) * len("the order service")
    assert time.process_time() - begun < 5


def test_time_and_room_follow_the_length_of_the_template() -> None:
    def cost(many: int) -> float:
        begun = time.process_time()
        for n in range(10):  # each another template: none is kept from before
            text(f"{n} " + "{{ about }}, " * many)
        return time.process_time() - begun

    cost(5)
    small, large = cost(50), cost(500)
    assert large < 10 * small * 4, "ten times as long takes at most ten times as long, with margin"


def test_a_parameter_cannot_blow_a_message_up() -> None:
    with pytest.raises(TemplateError, match="200,000"):
        text("{{ big }}" * 500, big="x" * 1_000_000)
    assert len(text("{{ big }}", big="x" * 100_000)) == 100_000


@given(
    st.text(st.sampled_from("{}%#|~()[]'\"_. \nabout0if-+*<=>xself"), max_size=60),
    st.text(max_size=30),
)
def test_any_template_is_filled_in_or_refused_in_words(template: str, value: str) -> None:
    with contextlib.suppress(TemplateError):
        filled = fill(template, FACTS, {"x": value})
        assert {fact.name for fact in filled.used} <= names(template)


@given(st.text(max_size=200))
def test_a_parameter_is_text_and_never_a_template(value: str) -> None:
    for hostile in (value, "{{ about }}", "{% if 1 %}x{% endif %}", "{{ 9**9 }}"):
        filled = text("<{{ x }}>", x=hostile)
        assert filled == text("<{{ x }}>", x=filled[1:-1]), "what was filled in once stays as it is"
    assert text("{{ x }}", x="{{ about }}") == "{{ about }}"


def test_what_is_not_filled_in_is_found_by_the_rules() -> None:
    # A secret is no parameter here; a hostile parameter stays as it is.
    for left in (text("The key is {{ token }}."), text("{{ x }}", x="{{ about }}")):
        remarks = lint(left, Facts("progress", "customers", START))
        assert "placeholder" in {each.rule for each in remarks if each.level == "block"}


def test_control_characters_of_a_parameter_reach_no_text() -> None:
    assert "\x1b" not in text("{{ x }}", x="a\x1b[2Jb\u202ec")
    assert "\u202e" not in text("{{ x }}", x="a\x1b[2Jb\u202ec")


def test_the_facts_that_a_template_names_are_kept_with_the_text() -> None:
    filled = fill("{% if late %}x{% endif %}{{ about }}", FACTS, {})
    assert {fact.name for fact in filled.used} == {"about", "late"}
    assert fill("Nothing of it.", FACTS, {}).used == ()
