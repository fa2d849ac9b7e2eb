"""One run's branch: append decisions so that they last, and read them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from runbook_tui.adapters.gitlog import history, loose, packing, trees
from runbook_tui.adapters.gitlog.encoding import commit_bytes, read_commit
from runbook_tui.adapters.gitlog.errors import LogError, LostRace
from runbook_tui.adapters.gitlog.layout import Layout
from runbook_tui.adapters.gitlog.loose import ObjectWriter
from runbook_tui.adapters.gitlog.reader import ObjectReader
from runbook_tui.adapters.gitlog.refs import Refs
from runbook_tui.domain.record import CommitDraft, StoredCommit


class RunBranch:
    """The branch ``runs/<id>``. For one thread at a time; any number of processes may share it."""

    id: str
    head: str | None
    """The newest commit that this object has seen; None where there is no branch yet."""

    def __init__(self, layout: Layout, refs: Refs, run_id: str) -> None:
        self.id = run_id
        self._layout = layout
        self._refs = refs
        self._writer = ObjectWriter(layout)
        self._tree: tuple[str, str] | None = None
        """The last commit that was written here, and its tree."""
        self.head = refs.current(run_id)

    @property
    def repository(self) -> Path:
        """The git folder that the branch is in."""
        return self._layout.git_dir

    def append(self, drafts: Sequence[CommitDraft], expected: str | None) -> tuple[str, ...]:
        """Appends `drafts` as a chain of commits on `expected` and answers their ids.

        When it returns, all of them survive a power cut; when it raises, none is in the log
        (but for `StorageFailed.uncertain`). `expected` is the commit that the caller decided on;
        None says that the branch must not exist yet. Objects come first, then one move of the
        branch, so nobody ever sees a part of the chain.

        Raises LostRace where the branch is elsewhere, LockHeld, StorageFailed, BrokenObject, and
        ValueError for a draft that cannot be stored (no time zone, a bad path).
        """
        actual = self._refs.current(self.id)
        if actual != expected:
            # Looked at again under the lock; here it saves writing objects for nothing.
            self.head = actual
            raise LostRace(self.id, expected, actual)
        if not drafts:
            return ()
        try:
            ids, tree = self._stage(drafts, expected)
            lock = self._refs.prepare(self.id, ids[-1])
            try:
                self._writer.flush(lock.fd)
                self._refs.move(self.id, lock, expected)
            finally:
                lock.release()
        except LostRace as lost:
            self.head = lost.actual
            raise
        finally:
            self._writer.forget()
        self.head = ids[-1]
        self._tree = (ids[-1], tree)
        return tuple(ids)

    def _stage(self, drafts: Sequence[CommitDraft], parent: str | None) -> tuple[list[str], str]:
        ids: list[str] = []
        with ObjectReader(self._layout) as reader:
            tree = self._tree_of(parent, reader) if parent else None
            for draft in drafts:
                if draft.files or tree is None:
                    tree = trees.with_files(tree, draft.files, reader, self._writer)
                parent = self._writer.stage("commit", commit_bytes(draft, tree, parent))
                ids.append(parent)
        assert tree is not None
        return ids, tree

    def _tree_of(self, commit: str, reader: ObjectReader) -> str:
        """The tree of the commit that will be the parent.

        Where that was not written by this object, it may be git's work (a fetch, a commit by
        hand), and git does not fsync loose objects by default: what is acknowledged must not
        hang on a parent that a power cut takes away, so that one is made durable first.
        """
        if self._tree and self._tree[0] == commit:
            return self._tree[1]
        tree = read_commit(commit, reader.read(commit, "commit")).tree
        loose.sync(self._layout, commit)
        loose.sync(self._layout, tree)
        return tree

    def moved(self) -> bool:
        """Whether the branch is elsewhere than `head`. Cheap: reads the ref, starts nothing."""
        return self._refs.current(self.id) != self.head

    def current(self) -> str | None:
        """Where the branch is now; `head` from here on."""
        self.head = self._refs.current(self.id)
        return self.head

    def read(self, since: str | None = None) -> Iterator[StoredCommit]:
        """The commits after `since` (all where it is None), oldest first, up to what is `head`
        from here on.

        Streams: a log of 100,000 commits needs the memory of its newest thousand. Raises
        BrokenObject where a commit is missing or damaged, or the branch was rewritten so that
        `since` is no longer in it; commits yielded before that are good.
        """
        head = self.current()
        if head is None or head == since:
            return iter(())
        return history.commits(self._layout, head, since)

    def file(self, path: str, commit: str | None = None) -> bytes:
        """The bytes of a file in the tree of `commit` (`head` where it is None).

        Raises FileNotFoundError where the tree has no such file, BrokenObject where it is damaged.
        """
        with ObjectReader(self._layout) as reader:
            tree = self._root(commit, reader)
            blob = trees.find(tree, path, reader) if tree else None
            if blob is None:
                raise FileNotFoundError(2, "not in the log of this run", path)
            return reader.read(blob, "blob")

    def files(self, commit: str | None = None) -> dict[str, str]:
        """Blob id by path, of every file in the tree of `commit` (`head` where it is None)."""
        with ObjectReader(self._layout) as reader:
            tree = self._root(commit, reader)
            return dict(trees.walk(tree, reader)) if tree else {}

    def _root(self, commit: str | None, reader: ObjectReader) -> str | None:
        commit = commit or self.head
        return read_commit(commit, reader.read(commit, "commit")).tree if commit else None

    def pack(self) -> None:
        """Packs this run's loose objects; for a thread of its own, since it can take seconds.

        Appending and reading go on meanwhile, here and in other processes. Raises LogError;
        whatever happens, no object is removed before its packed copy was verified and is durable.
        """
        head = self._refs.current(self.id)
        if head is None:
            raise LogError(
                f"There is no run {self.id} to pack.", hint="`runbook-tui runs` lists them."
            )
        packing.pack(self._layout, head)
