"""YAML texts that Hypothesis builds: runbooks of the right shape, nearly so, and noise.

The right shape matters most: only what has it is looked at for its meaning.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.faults.fuzz_words import KEYS, SCALARS


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value)


def _block(value: object, indent: int = 0) -> str:
    pad = "\n" + " " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{key}: {_block(inner, indent + 2)}" for key, inner in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{pad}- {_block(inner, indent + 2).lstrip()}" for inner in value)
    return _flow(value)


def _steps() -> st.SearchStrategy[dict[str, object]]:
    """Steps of the right shape, so that what they mean is looked at."""
    slug = st.sampled_from(["a", "b", "c", "d", "e"])
    text = st.sampled_from(["x", "'{{p}}'", "'{{q}}'", "'$RB_P'", "'$RB_Q'", "'('", "'[a-z]+'"])
    length = st.sampled_from(["5m", "0s", "9d", "9999d", "1h 5m"])
    three = st.fixed_dictionaries(dict.fromkeys(("best", "likely", "worst"), length))
    expect = st.dictionaries(st.sampled_from(["equals", "contains", "matches"]), text)
    command = st.fixed_dictionaries(
        {},
        optional={
            "argv": st.lists(text, max_size=2),
            "shell": text,
            "timeout": length,
            "host": text,
            "env": st.dictionaries(st.sampled_from(["A", "A-B", "RB_Q"]), text, max_size=2),
        },
    )
    verify = st.builds(lambda c, e: {**c, "expect": e}, command, expect)
    items = st.lists(text, max_size=11)
    way_back = st.fixed_dictionaries({"text": text}, optional={"run": command})
    number = st.integers(-3, 3).map(str)
    option = st.fixed_dictionaries({"id": slug, "title": text})
    own: dict[str, dict[str, st.SearchStrategy[object]]] = {
        "checklist": {},
        "command": {"run": command},
        "gate": {"criteria": items.filter(bool)},
        "decision": {"question": text, "options": st.lists(option, min_size=2, max_size=3)},
        "wait": {"duration": length},
        "message": {"audience": text},
        "watch": {"soak": length},
    }
    shared: dict[str, st.SearchStrategy[object]] = {
        "items": items,
        "verify": verify,
        "estimate": length | three,
        "needs": st.lists(slug, max_size=2),
        "role": slug,
        "mutates": st.sampled_from(["true", "false"]),
        "compensation": way_back,
        "until": st.sampled_from(["'22:00Z'", "'25:00Z'"]),
        "observe": st.fixed_dictionaries(
            {"label": text},
            optional={
                "min": number,
                "max": number,
                "type": st.sampled_from(["number", "choice", "string"]),
                "choices": st.lists(slug, max_size=3),
                "pattern": text,
            },
        ),
        "effects": st.lists(
            st.fixed_dictionaries(
                {"kind": st.just("flag"), "target": text},
                optional={"compensation": way_back, "probe": verify},
            ),
            max_size=2,
        ),
        "when": st.fixed_dictionaries(
            {},
            optional={
                "parameter": st.sampled_from(["p", "q", "s"]),
                "decision": slug,
                "is": slug,
                "not": slug,
                "any-of": st.lists(slug, max_size=2),
            },
        ),
    }

    def of(kind: str) -> st.SearchStrategy[dict[str, object]]:
        optional = {k: v for k, v in shared.items() if k != "until" or kind == "wait"}
        fixed = {"id": slug, "kind": st.just(kind), "title": text, **own[kind]}
        return st.fixed_dictionaries(fixed, optional=optional)

    return st.sampled_from(sorted(own)).flatmap(of)


def _roots() -> st.SearchStrategy[dict[str, object]]:
    """The keys beside `phases`, of the right shape."""
    text = st.sampled_from(["x", "'7'", "'-x'", "'('", "a"])
    parameter = st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "choice", "secret", "path", "duration"]),
            "default": text,
            "pattern": text,
            "choices": st.lists(text, max_size=3),
            "min": st.integers(-9, 9).map(str),
            "max": st.integers(-9, 9).map(str),
        },
    )
    time_of_day = st.sampled_from(["'22:00Z'", "'02:00+02:00'", "'24:61Z'", "'2026-05-01T22:00Z'"])
    return st.fixed_dictionaries(
        {},
        optional={
            "parameters": st.dictionaries(st.sampled_from(["p", "q", "s", "P"]), parameter),
            "roles": st.dictionaries(st.sampled_from(["a", "b", "B C"]), st.just({})),
            "window": st.fixed_dictionaries({"start": time_of_day, "end": time_of_day}),
        },
    )


def texts() -> st.SearchStrategy[str]:
    """YAML texts: trees of the format's words in flow or block style, loose pieces, plain noise."""
    keys = st.sampled_from(KEYS)
    leaves = st.sampled_from(SCALARS) | st.text(max_size=8) | st.integers().map(str)
    trees = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=25,
    )
    loose = st.dictionaries(keys, trees, min_size=1, max_size=8)
    steps = st.lists(st.one_of(loose, _steps(), _steps(), _steps()), max_size=5)
    head = {"format": "1", "id": "x", "title": "X", "version": "1.0.0", "owner": "o"}
    books = st.builds(
        lambda some, more: {
            **head,
            **some,
            "phases": [{"id": "p", "title": "P", "steps": [{**more_step} for more_step in more]}],
        },
        st.dictionaries(keys, trees, max_size=1) | _roots() | _roots(),
        steps,
    )
    pieces = st.lists(
        st.sampled_from([*SCALARS, *KEYS, ": ", "\n", "\n  ", "- ", "[", "]", "{", "}", ", ", ":"]),
        max_size=40,
    ).map("".join)
    return (
        (books | trees).map(lambda tree: _block(tree).lstrip("\n"))
        | (books | trees).map(_flow)
        | pieces
        | st.text(max_size=60)
    )
