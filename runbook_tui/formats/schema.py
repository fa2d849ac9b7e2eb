"""The JSON Schema of the runbook format, made from the model, for editors.

Draft 7, which the YAML language server and every other editor knows in full. Where the model wants
any text, numbers and booleans pass too: they are read as their text (``argv: [sleep, 5]``), so an
editor must not mark them. What a schema cannot say (ids, needs, conditions) is for `lint`.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from runbook_tui.domain.runbook import Runbook
from runbook_tui.domain.runbook_model import Model
from runbook_tui.domain.units import PARAMETER_PATTERN, SLUG_PATTERN

SCHEMA_ID = "urn:runbook-tui:schema:runbook:1"

_KEY_PATTERNS = {
    ("Runbook", "parameters"): PARAMETER_PATTERN,
    ("Runbook", "roles"): SLUG_PATTERN,
    ("Command", "env"): "^[A-Za-z_][A-Za-z0-9_]*$",
    ("Verify", "env"): "^[A-Za-z_][A-Za-z0-9_]*$",
    ("Poll", "env"): "^[A-Za-z_][A-Za-z0-9_]*$",
}
_EXACTLY_ONE = {
    "Buffer": ("percent", "duration", "root-of-squares"),
    "Command": ("argv", "shell"),
    "Verify": ("argv", "shell"),
    "Poll": ("argv", "shell"),
    "WaitStep": ("duration", "until", "condition"),
    "Condition": ("parameter", "decision"),
    "InstalledVersion": ("dpkg", "rpm", "pip", "npm", "command", "file", "url", "version"),
}
_INCLUDE: dict[str, Any] = {
    "title": "Include",
    "description": "Stands for the phases or steps in another file of the runbook's folder.",
    "type": "object",
    "properties": {
        "include": {
            "description": "The path of the file, relative to this one.",
            "type": "string",
            "pattern": r"^[^/~\\][^\\]*$",
        }
    },
    "required": ["include"],
    "additionalProperties": False,
}


def schema() -> dict[str, Any]:
    """The schema as plain data, ready for JSON."""
    made = _draft_7(msgspec.json.schema(Runbook))
    definitions: dict[str, Any] = made["definitions"]
    classes = {cls.__name__: cls for cls in _below(Model)}
    for name, definition in definitions.items():
        _describe(classes[name], definition["properties"])
        if name in _EXACTLY_ONE:
            definition["oneOf"] = [{"required": [key]} for key in _EXACTLY_ONE[name]]
    for (name, key), pattern in _KEY_PATTERNS.items():
        definitions[name]["properties"][key]["propertyNames"] = {"pattern": pattern}
    include = {"$ref": "#/definitions/Include"}
    phases = definitions["Runbook"]["properties"]["phases"]
    phases["items"] = {"anyOf": [phases["items"], include]}
    steps = definitions["Phase"]["properties"]["steps"]
    steps["items"] = {"anyOf": [*steps["items"]["anyOf"], include]}
    definitions["Include"] = _INCLUDE
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_ID,
        "title": "Runbook of runbook-tui, format 1",
        "allOf": [{"$ref": "#/definitions/Runbook"}],
        "definitions": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """The schema as a file: indented, so that its changes can be read."""
    return json.dumps(schema(), indent=2) + "\n"


def _draft_7(value: Any) -> Any:
    """What msgspec makes (2020-12), in the words of draft 7 and as permissive as the reader."""
    if isinstance(value, list | tuple):  # a default may be a tuple
        return [_draft_7(item) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, item in value.items():
        if key in ("properties", "$defs"):  # names of fields and types, not words of the schema
            inner = {name: _draft_7(part) for name, part in item.items()}
            made["properties" if key == "properties" else "definitions"] = inner
        elif key == "default" and (item in (None, "", ()) or isinstance(item, dict)):
            continue  # an empty value, or a whole part whose keys tell their own defaults
        elif key != "discriminator":
            made[key] = _draft_7(item)
    if isinstance(made.get("$ref"), str):
        made["$ref"] = made["$ref"].replace("#/$defs/", "#/definitions/")
        if len(made) > 1:  # in draft 7 nothing beside $ref counts
            made["allOf"] = [{"$ref": made.pop("$ref")}]
    if made.get("type") == "string" and not {"pattern", "minLength", "maxLength"} & made.keys():
        made["type"] = ["string", "number", "boolean"]
    if isinstance(made.get("enum"), list) and len(made["enum"]) == 1:
        made["const"] = made.pop("enum")[0]
    return made


def _below(cls: type[Model]) -> Iterator[type[Model]]:
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def _describe(cls: type[Model], properties: dict[str, Any]) -> None:
    """Puts the docstrings of the model's fields where editors show them."""
    keys = {field.name: field.encode_name for field in msgspec.structs.fields(cls)}
    for owner in reversed(cls.__mro__):
        if not issubclass(owner, Model) or owner is Model:
            continue
        for field, text in _docstrings(owner).items():
            described = properties.get(keys.get(field, ""))
            if described is None:
                continue
            if "$ref" in described:
                described["allOf"] = [{"$ref": described.pop("$ref")}]
            described["description"] = text
    if "kind" in properties:
        properties["kind"]["description"] = (cls.__doc__ or "").strip()


def _docstrings(cls: type) -> dict[str, str]:
    """The docstrings right under the fields of a class."""
    body = ast.parse(inspect.getsource(cls)).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            found[field.target.id] = " ".join(text.value.value.split()).replace("``", "`")
    return found
