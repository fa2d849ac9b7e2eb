"""Settings that every test shares; fixtures live beside the tests that use them."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

_QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)

# No deadlines: a shared machine makes any of them lie now and then.
settings.register_profile("ci", max_examples=60, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("long", max_examples=2_000, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# A shell that starts the tests under nohup or in the background has these ignored, and every
# program a test starts would inherit that: it would then keep a closed terminal or ctrl+c waiting.
for _number, _usual in (
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGINT, signal.default_int_handler),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)
