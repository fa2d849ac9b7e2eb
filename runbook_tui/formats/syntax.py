"""YAML's syntax errors, put so that the person who typed the file knows what to change."""

from __future__ import annotations

from runbook_tui.formats.problem import Location

# What libyaml says, by a piece of its words, and what it means to the person who typed the file.
_MEANINGS = (
    (
        "mapping values are not allowed",
        "a `: ` stands where no key can be",
        "put text that has `: ` in it in quotes, and check the indentation",
    ),
    (
        "cannot start any token",
        "this character cannot begin a value",
        "put the text in quotes",
    ),
    (
        "did not find expected key",
        "a key was expected here",
        "check the indentation, and that every quote and bracket before is closed",
    ),
    (
        "did not find expected '-' indicator",
        "a list item (- ) was expected here",
        "check the indentation",
    ),
    (
        "could not find expected ':'",
        "a key without its colon",
        "write `key: value`, or put the text in quotes",
    ),
    (
        "found unexpected end of stream",
        "the file ends inside quotes",
        "close the quote",
    ),
    (
        "did not find expected ',' or",
        "a bracket or brace is not closed, or a comma is missing",
        "close it, or put text with brackets in quotes",
    ),
    (
        "did not find expected <document start>",
        "text after the end of the document",
        "check the indentation of this line",
    ),
    (
        "found unknown escape character",
        "an unknown escape in double quotes",
        "use single quotes, where a backslash is only a backslash",
    ),
)

_THINGS = (
    ("quoted scalar", "the quoted text"),
    ("block scalar", "the text block"),
    ("scalar", "the text"),
    ("flow sequence", "the list in brackets"),
    ("flow mapping", "the mapping in braces"),
    ("sequence", "the list"),
    ("collection", "the list"),
    ("mapping", "the mapping"),
    ("key", "the key"),
)


def explain(error: Exception, text: str, file: str) -> tuple[Location, str, str]:
    """Place, message and hint of libyaml's `error` in the file `file` with the content `text`."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    col = mark.column + 1 if mark else 1
    lines = text.split("\n")
    line = min(line, len(lines))
    at = Location(file, line, col)
    content = lines[line - 1]
    indentation = content[: len(content) - len(content.lstrip())]
    if "\t" in indentation:
        return (
            Location(file, line, indentation.index("\t") + 1),
            "a tab is used as indentation, which YAML does not allow",
            "use spaces",
        )
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    message, hint = next(
        ((meaning, advice) for words, meaning, advice in _MEANINGS if words in said),
        (f"not valid YAML: {said}", ""),
    )
    context = getattr(error, "context_mark", None)
    if context and context.line + 1 < line:
        began = str(getattr(error, "context", ""))
        thing = next((plain for words, plain in _THINGS if words in began), "it")
        message += f" ({thing} began in line {context.line + 1})"
    return at, message, hint
