"""The practice lab that `demo` builds: a real order service, its partner, a load, and an upgrade.

`runbook_tui.practice.lab` is the way in; everything else serves it or the lab's own `labctl`.
Standard library and `platformdirs` only, so that `labctl` starts in a blink.
"""
