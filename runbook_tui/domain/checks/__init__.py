"""What a runbook can ask of a preflight: one small model for each kind of check.

These say what to look at. How it is looked at is the business of `runbook_tui.preflight`.
"""
