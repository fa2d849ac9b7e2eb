"""The programs of the practice lab, as they are copied into it.

``orders`` is the order service at 4.2; ``orders_5_0`` holds only the modules that 5.0 replaces, so
that the difference between the two versions is exactly what can be read there. They are ordinary
small programs: they import nothing of runbook-tui and nothing outside the standard library.
"""
