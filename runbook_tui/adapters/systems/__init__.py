"""Systems that steps leave side effects in: each looked at and put back in one module of its own.

They run in a process apart (``python -m runbook_tui.adapters.systems``), started like any command
of a runbook: what hangs is ended, what it says is redacted, what it did is in the log.
"""
