"""The texts that messages begin with, by kind and audience. Data: `formats.message_templates` fills
them in.

Each says what it means for the reader and when the next word comes; an end is a range and never a
promise. What only a person can know is left open, and the lint blocks it until it is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook_tui.domain.messages.kinds import Audience, Kind

_AFFECTED = '{{ affected or "[describe the impact]" }}'
_EXPECTED = "{% if forecast %}We expect it to be over between {{ forecast }}. {% endif %}"
_NEXT = 'Next update: {{ next_update or "[insert: when, with its zone]" }}'
_OR_EARLIER = f"{_NEXT}, or earlier if something changes."
_CLOCKS = (
    "{% if forecast %}Forecast: over between {{ forecast }}"
    "{% if chance %}, chance to end inside the window {{ chance }}{% endif %}. {% endif %}"
    "{% if buffer %}Buffer left: {{ buffer }}. {% endif %}"
    "{% if decide_by %}Latest safe rollback: {{ decide_by }}. {% endif %}"
)
_HERE = (
    "{{ driver }} drives {{ run }}; {{ progress }} done{% if step %}, now {{ step }}{% endif %}."
)
_DATA = "[insert: was any data lost, late or doubled?]"
_AGAIN = "[insert: when you write again, with its zone]"

BUILT_IN: Mapping[Kind, Mapping[Audience, str]] = {
    "announce": {
        "customers": (
            "We plan to work on {{ about }}{% if window %} from {{ window }}{% endif %}. "
            f"{_AFFECTED}\n\n{_NEXT}, or earlier if the plan changes."
        ),
        "internal": (
            "We plan to work on {{ about }}{% if window %} from {{ window }}{% endif %} "
            f"({{{{ run }}}}). {_AFFECTED}\n\n{_CLOCKS}{_NEXT}, or earlier if the plan changes."
        ),
        "executives": (
            "We plan to work on {{ about }}{% if window %} from {{ window }}{% endif %}. "
            f"{_AFFECTED}\n\n"
            "{% if chance %}We estimate a chance of {{ chance }} to end in that time. {% endif %}"
            f"{_NEXT}, or earlier if the plan changes."
        ),
    },
    "start": {
        "customers": (
            f"We have begun the planned work on {{{{ about }}}}. {_AFFECTED}\n\n"
            f"{_EXPECTED}{_OR_EARLIER}"
        ),
        "internal": (
            f"The planned work on {{{{ about }}}} has begun. {_HERE} {_AFFECTED}\n\n"
            f"{_CLOCKS}{_OR_EARLIER}"
        ),
        "executives": (
            f"We have begun the planned work on {{{{ about }}}}. {_AFFECTED}\n\n"
            f"{_EXPECTED}{_OR_EARLIER}"
        ),
    },
    "progress": {
        "customers": (
            '{{ doing or "The planned work on " ~ about ~ " goes on." }} '
            f"{_AFFECTED}\n\n{_EXPECTED}{_OR_EARLIER}"
        ),
        "internal": (
            f"The planned work on {{{{ about }}}} goes on. {_HERE} {_AFFECTED}\n\n"
            f"{_CLOCKS}{_OR_EARLIER}"
        ),
        "executives": (
            f"The planned work on {{{{ about }}}} goes on. {_AFFECTED}\n\n{_EXPECTED}{_OR_EARLIER}"
        ),
    },
    "delay": {
        "customers": (
            f"The planned work on {{{{ about }}}} takes longer than announced. {_AFFECTED}\n\n"
            "{% if forecast %}We now expect it to be over between {{ forecast }}"
            "{% if late_by %}, {{ late_by }} after the announced end{% endif %}. {% endif %}"
            f"{_OR_EARLIER}"
        ),
        "internal": (
            f"The planned work on {{{{ about }}}} takes longer than planned. {_HERE} {_AFFECTED}"
            f"\n\n{_CLOCKS}"
            "{% if late_by %}That is {{ late_by }} after the end of the window. {% endif %}"
            f"{_OR_EARLIER}"
        ),
        "executives": (
            f"The planned work on {{{{ about }}}} takes longer than announced. {_AFFECTED}\n\n"
            "{% if forecast %}We now expect it to be over between {{ forecast }}"
            "{% if late_by %}, {{ late_by }} after the announced end{% endif %}. {% endif %}"
            f"{_OR_EARLIER}"
        ),
    },
    "rollback": {
        "customers": (
            "We do not go through with the planned work on {{ about }} this time, and return to "
            f"what was there before. {_AFFECTED} {_DATA}\n\n{_EXPECTED}{_OR_EARLIER}"
        ),
        "internal": (
            f"We go back on {{{{ about }}}}. {_HERE} {_AFFECTED} {_DATA}\n\n{_CLOCKS}{_OR_EARLIER}"
        ),
        "executives": (
            "We do not go through with the planned work on {{ about }} this time, and return to "
            f"what was there before. {_AFFECTED} {_DATA}\n\n{_EXPECTED}{_OR_EARLIER}"
        ),
    },
    "done": {
        "customers": (
            "The planned work on {{ about }} is done. [insert: what works, what does not yet] "
            f"{_DATA}\n\nWe keep watching it. Next update: {_AGAIN}"
        ),
        "internal": (
            "The planned work on {{ about }} is done. {{ driver }} drives {{ run }}; "
            f"{{{{ progress }}}} done. [insert: what works, what does not yet] {_DATA}\n\n"
            f"We keep watching it. Next update: {_AGAIN}"
        ),
        "executives": (
            "The planned work on {{ about }} is done. [insert: what works, what does not yet] "
            f"{_DATA}\n\nWe keep watching it. Next update: {_AGAIN}"
        ),
    },
    "post-watch": {
        "customers": (
            "We have watched {{ about }} since the planned work. [insert: what you saw] "
            f"{_DATA}\n\nThis is the last update on it."
        ),
        "internal": (
            "We have watched {{ about }} since the planned work ({{ run }}). "
            f"[insert: what you saw] {_DATA}\n\nThis is the last update on it."
        ),
        "executives": (
            "We have watched {{ about }} since the planned work. [insert: what you saw] "
            f"{_DATA}\n\nThis is the last update on it."
        ),
    },
}
NO_NEWS: Mapping[Audience, str] = {
    "customers": (
        "The planned work on {{ about }} goes on; there is nothing new since our last update. "
        f"{_AFFECTED}\n\n{_EXPECTED}{_OR_EARLIER}"
    ),
    "internal": (f"Nothing new on {{{{ about }}}}. {_HERE} {_AFFECTED}\n\n{_CLOCKS}{_OR_EARLIER}"),
    "executives": (
        "The planned work on {{ about }} goes on; there is nothing new since our last update. "
        f"{_AFFECTED}\n\n{_EXPECTED}{_OR_EARLIER}"
    ),
}
"""What is told when it is time for an update and there is none."""

_STATES: Mapping[Kind, str] = {
    "announce": "planned work",
    "start": "planned work in progress",
    "progress": "planned work in progress",
    "delay": "planned work takes longer",
    "rollback": "returning to what was before",
    "done": "planned work is done",
    "post-watch": "last word on the planned work",
}


def title_of(about: str, kind: Kind) -> str:
    """The one line above an update: ``The order service: planned work in progress``."""
    return f"{about[:1].upper()}{about[1:]}: {_STATES[kind]}"


def correction(when: str) -> str:
    """What a correction begins with. `when`: when the corrected update was sent, with its zone."""
    return f"Correction to our update of {when}: [insert: what was wrong, and what is right]\n\n"
