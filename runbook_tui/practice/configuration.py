"""The order service's configuration: what 5.0 makes of it, and its backoff."""

from __future__ import annotations

import configparser
import io
from pathlib import Path

from runbook_tui.practice import flags, package, releases, supervisor
from runbook_tui.practice.layout import USAGE, LabError, Layout, replace_text
from runbook_tui.practice.software.orders_5_0 import settings as new

BACKOFF_FLAG = "partner-backoff"


def check(layout: Layout, version: str) -> str:
    """Checks what `version` would start with. Raises LabError with each key it will not take."""
    file = releases.prepared_config(layout, version)
    if not file.is_file():
        file = layout.config
    if version != "5.0":
        return f"{layout.short(file)}: 4.2 takes any key"
    known = 0
    wrong = []
    section = ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith(("#", ";")):
            key = line.partition("=")[0].strip()
            if key in new.KNOWN.get(section, set()):
                known += 1
            else:
                why = new.GONE.get((section, key), "unknown to 5.0")
                wrong.append(f"{layout.short(file)}:{number}: [{section}] {key}: {why}")
    if wrong:
        raise LabError(
            "\n".join([*wrong, "4.2 runs on unharmed. To convert: labctl config convert --to 5.0"])
        )
    return f"{layout.short(file)}: {known} keys, all known to 5.0"


def convert(layout: Layout) -> list[str]:
    """Writes the configuration for 5.0 beside the one in use."""
    if releases.current(layout) == "5.0":
        raise LabError("5.0 is active; its configuration is etc/orders.ini. Nothing was changed.")
    ini = _read(layout.config)
    shipped = configparser.ConfigParser(interpolation=None)
    shipped.read_string(package.new_config(layout))
    partner = ini["partner"]
    lines = []
    if "timeout" in partner:
        partner["timeout_ms"] = f"{1000 * float(partner['timeout']):.0f}"
        lines.append(f"partner.timeout = {partner.pop('timeout')} is now timeout_ms")
    if "retry_limit" in partner:
        lines.append(f"partner.retry_limit = {partner.pop('retry_limit')} is gone")
    lines.append(f"partner.url: {partner['url']} -> {shipped['partner']['url']}")
    partner["url"] = shipped["partner"]["url"]
    ini["flags"] = {"file": str(layout.flags)}
    target = releases.prepared_config(layout, "5.0")
    replace_text(target, _text(ini))
    return [*lines, f"{layout.short(target)} written; etc/orders.ini was not touched"]


def discard(layout: Layout) -> str:
    """Takes back what `convert` wrote."""
    target = releases.prepared_config(layout, "5.0")
    if not target.is_file():
        raise LabError(f"{layout.short(target)} is not there. Nothing was changed.")
    target.unlink()
    return f"{layout.short(target)} is gone; etc/orders.ini was not touched"


def backoff(layout: Layout) -> str:
    """The backoff in use."""
    ini = _read(layout.config)
    if releases.current(layout) != "5.0":
        return "backoff 60,120,240 ms (4.2, fixed)"
    chosen = ini.get("partner", "backoff_ms", fallback="25,70,140")
    flag = ini.get("partner", "backoff_flag", fallback="")
    return f"backoff {chosen} ms, " + (
        f"behind flag {flag} ({flags.get(layout, flag)})" if flag else "not behind a flag"
    )


def tune_backoff(layout: Layout, milliseconds: str) -> list[str]:
    """Sets 5.0's constants, puts the strategy behind a flag that is on, restarts the service."""
    if releases.current(layout) != "5.0":
        raise LabError("Only 5.0's backoff can be tuned, and 4.2 is active. Nothing was changed.")
    parts = milliseconds.split(",")
    if not all(p.isdigit() and 1 <= int(p) <= 5000 for p in parts) or len(parts) > 5:
        raise LabError("The backoff is up to five whole numbers of ms, such as 50,110,220.", USAGE)
    flag = flags.put(layout, BACKOFF_FLAG, "on", create=True)
    ini = _read(layout.config)
    ini["partner"]["backoff_ms"] = milliseconds
    ini["partner"]["backoff_flag"] = BACKOFF_FLAG
    replace_text(layout.config, _text(ini))
    supervisor.stop(layout, ["orders"])
    return [f"flag {flag}", *supervisor.start(layout, ["orders"]), backoff(layout)]


def untune_backoff(layout: Layout) -> list[str]:
    """Goes back to 5.0's own constants and takes the flag away."""
    ini = _read(layout.config)
    for key in ("backoff_ms", "backoff_flag"):
        ini["partner"].pop(key, None)
    replace_text(layout.config, _text(ini))
    gone = flags.remove(layout, BACKOFF_FLAG)
    supervisor.stop(layout, ["orders"])
    return [*supervisor.start(layout, ["orders"]), f"flag {gone}", backoff(layout)]


def _read(file: Path) -> configparser.ConfigParser:
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read_string(file.read_text(encoding="utf-8"), source=file.name)
        ini["partner"]  # every configuration of the service has it
    except (OSError, ValueError, KeyError, configparser.Error) as error:
        raise LabError(f"{file} cannot be used: {error}. Nothing was changed.", USAGE) from None
    return ini


def _text(ini: configparser.ConfigParser) -> str:
    out = io.StringIO()
    ini.write(out)
    return out.getvalue()
