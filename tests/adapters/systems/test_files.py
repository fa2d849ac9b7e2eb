"""Files: seen with all that counts, put back byte for byte, and nobody else's touched."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.domain.systems.files import Files
from tests.adapters.systems.conftest import Child


def test_what_a_step_did_is_put_back(child: Child) -> None:
    tree = child.cwd / "conf"
    tree.mkdir()
    (tree / "a.ini").write_bytes(b"x = 1\n")
    before = child.look(config := Files(paths=("conf",)))
    (tree / "a.ini").write_bytes(b"x = 2\n")
    (tree / "new.ini").write_bytes(b"")
    ours = child.look(config)

    assert child.restore(config, before, ours).code == 0

    assert sorted(tree.iterdir()) == [tree / "a.ini"]
    assert Path(tree / "a.ini").read_bytes() == b"x = 1\n"
    assert child.look(config) == before
