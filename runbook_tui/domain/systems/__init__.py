"""Systems that steps leave side effects in: how a runbook names what to look at in one."""
