"""A runbook may be spread over the files of its folder, and over nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runbook_tui.formats.load import RunbookError, load, load_files

from .runbook_texts import HEAD, loaded, refused, runbook_text

Write = Callable[[Mapping[str, str | bytes]], Path]

STEP = "{{id: {0}, kind: checklist, title: T, estimate: 1m}}"


def step(name: str) -> str:
    return STEP.format(name)


def step_ids(text: str, /, **fragments: str) -> list[str]:
    return [s.id for p in loaded(text, **fragments).runbook.phases for s in p.steps]


def test_a_fragment_stands_for_its_steps_in_their_place() -> None:
    main = runbook_text(f"- {step('a')}\n- include: more.yaml\n- {step('d')}")
    assert step_ids(main, more=f"- {step('b')}\n- {step('c')}\n") == ["a", "b", "c", "d"]
    assert step_ids(main, more=step("b")) == ["a", "b", "d"]


def test_phases_can_be_included_and_include_in_turn() -> None:
    main = HEAD + "phases:\n  - include: one.yaml\n  - include: two.yaml\n"
    one = f"id: one\ntitle: One\nsteps:\n  - include: deep.yaml\n  - {step('b')}\n"
    two = f"- id: two\n  title: Two\n  steps: [{step('c')}]\n"
    assert step_ids(main, one=one, two=two, deep=f"- {step('a')}") == ["a", "b", "c"]


def test_paths_are_relative_to_the_including_file(write: Write) -> None:
    path = write(
        {
            "runbook.yaml": runbook_text("- include: parts/a.yaml"),
            "parts/a.yaml": "- include: deep/b.yaml\n",
            "parts/deep/b.yaml": f"- include: ../../c.yaml\n- {step('b')}\n",
            "c.yaml": f"- {step('c')}\n",
        }
    )
    result = load(path)
    assert [s.id for s in result.runbook.phases[0].steps] == ["c", "b"]
    assert [f.path for f in result.files] == [
        "runbook.yaml",
        "parts/a.yaml",
        "parts/deep/b.yaml",
        "c.yaml",
    ]
    assert result.source_map.at("phases", 0, "steps", 1, "title").file == str(
        path.parent / "parts/deep/b.yaml"
    )


def test_the_files_pinned_by_a_run_give_the_same_runbook_again(write: Write) -> None:
    path = write(
        {
            "runbook.yaml": runbook_text("- include: parts/a.yaml"),
            "parts/a.yaml": f"- {step('a')}  # not touched\r\n",
        }
    )
    first = load(path)
    assert {f.path: f.data for f in first.files} == {
        "runbook.yaml": path.read_bytes(),
        "parts/a.yaml": (path.parent / "parts/a.yaml").read_bytes(),
    }
    again = load_files("runbook.yaml", {f.path: f.data for f in first.files})
    assert again.digest == first.digest
    assert again.runbook == first.runbook
    (path.parent / "parts/a.yaml").write_text(f"- {step('a')}\n")
    assert load(path).digest != first.digest
    assert load(path).runbook == first.runbook


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("include: /etc/passwd", "`/etc/passwd` is no relative path"),
        ("include: ~/x.yaml", "is no relative path"),
        ("include: file:///etc/passwd", "is no relative path"),
        ("include: ../x.yaml", "`../x.yaml` lies outside the folder of the runbook"),
        ("include: a/../../x.yaml", "lies outside the folder of the runbook"),
        ("include: none.yaml", "the fragment `none.yaml` is not there"),
        ("include: [a]", "`include` wants the path of a file"),
        ("include: ''", "`include` wants the path of a file"),
        ("{include: a.yaml, id: x}", "an include stands alone, without other keys"),
        ("include: runbook.yaml", "in a circle: runbook.yaml → runbook.yaml"),
        ("include: ./ring.yaml", "in a circle: ring.yaml → ring2.yaml → ring.yaml"),
        ("include: text.yaml", "a fragment is a list of phases or steps, or a single one"),
        ("include: empty.yaml", "a fragment is a list of phases or steps, or a single one"),
    ],
)
def test_bad_includes_are_refused_with_the_place(element: str, said: str) -> None:
    problems = refused(
        runbook_text(f"- {element}"),
        ring="include: ring2.yaml",
        ring2="- include: ring.yaml",
        text="hello",
        empty="",
    )
    assert said in problems[0].one_line()


def test_a_bad_fragment_is_told_with_its_own_place_and_that_of_the_include() -> None:
    problems = refused(runbook_text("- include: bad.yaml"), bad="- id: a\n\ttitle: x\n")
    told = [p.one_line() for p in problems]
    assert told[0].startswith("bad.yaml:2:1: a tab is used as indentation")
    assert told[1].startswith("runbook.yaml:10:18: the fragment `bad.yaml` cannot be used")


def test_a_link_may_not_lead_outside(write: Write, tmp_path: Path) -> None:
    path = write({"book/runbook.yaml": runbook_text("- include: a.yaml"), "secret.yaml": "- x"})
    (path.parent / "a.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(RunbookError, match="leads outside the folder of the runbook by a link"):
        load(path)


def test_a_link_inside_the_folder_is_fine(write: Write) -> None:
    path = write({"runbook.yaml": runbook_text("- include: a.yaml"), "b.yaml": f"- {step('b')}"})
    (path.parent / "a.yaml").symlink_to("b.yaml")
    assert [f.path for f in load(path).files] == ["runbook.yaml", "a.yaml"]


def test_a_folder_or_pipe_is_no_fragment(write: Write) -> None:
    path = write({"runbook.yaml": runbook_text("- include: parts"), "parts/x": ""})
    with pytest.raises(RunbookError, match="parts:1:1: is a folder"):
        load(path)


def test_includes_cannot_multiply_without_end() -> None:
    fragments = {
        f"f{n}": f"[{{include: f{n + 1}.yaml}}, {{include: f{n + 1}.yaml}}]" for n in range(7)
    }
    problems = refused(runbook_text("- include: f0.yaml"), **fragments, f7="[]")
    assert "more than 100 includes in one runbook" in problems[-1].message
    problems = refused(
        runbook_text("- include: big.yaml\n" * 5), big="- [" + "x, " * 49_000 + "x]\n"
    )
    assert "more than 200,000 values with all includes" in problems[-1].message
    chain = {f"f{n}": f"- include: f{n + 1}.yaml" for n in range(20)}
    problems = refused(runbook_text("- include: f0.yaml"), **chain)
    assert "more than 8 files include one another in a row" in problems[-1].message
