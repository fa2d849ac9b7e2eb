"""Hands the reader of YAML to the checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runbook_tui.formats import documents
from runbook_tui.formats.problem import RunbookError
from runbook_tui.preflight.ports import BadDocumentError, Document


class YamlDocuments:
    """See `runbook_tui.preflight.ports.Documents`."""

    def read(self, path: Path, kind: type[Document]) -> Document:
        """The document of a file. Raises BadDocumentError with every mistake and its place."""
        try:
            return documents.read_document(path, kind)
        except RunbookError as error:
            raise BadDocumentError(str(error)) from error

    def scalars(self, text: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
        """Every scalar of a YAML document, see the port. Raises BadDocumentError."""
        try:
            yield from documents.scalars(text)
        except RunbookError as error:
            raise BadDocumentError(str(error)) from error
