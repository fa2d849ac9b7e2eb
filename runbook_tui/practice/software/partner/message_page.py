"""The messages that arrived, as a page for people."""

from __future__ import annotations

from html import escape
from typing import Any

from .message_log import counts
from .trouble import OK, TEMPERS

SHOWN = 100
"""Messages on the page, the newest; all that are kept are in messages.json."""

POLICY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What a browser is told: nothing in a message is ever run, and nothing is loaded from outside."""

STYLE = """\
:root { color-scheme: light dark; --line: #8a8f98; --quiet: #4d535c; --warn: #8a3b00; }
@media (prefers-color-scheme: dark) { :root { --quiet: #b9c0ca; --warn: #ffb27a; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.125rem; margin: 0; overflow-wrap: anywhere; }
ol { list-style: none; padding: 0; }
li { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .5rem 0;
  color: var(--quiet); font-size: .875rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.warn { color: var(--warn); font-weight: 600; }
"""

SCRIPT = """\
// Looks again every two seconds, and changes only what is different: a selection stays.
async function look() {
  if (document.hidden) return;
  const status = document.getElementById("status");
  try {
    const answer = await fetch("/messages", { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["status", "messages"]) {
      const old = document.getElementById(id), now = fresh.getElementById(id);
      if (now && old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
    }
  } catch (error) {
    status.textContent = "The partner does not answer. What stands here is what was seen last.";
  }
}
setInterval(look, 2000);
"""


def page(messages: list[dict[str, Any]], temper: str) -> str:
    """The page: `messages` oldest first, as the log gives them; the newest come first on it."""
    shown = messages[: -SHOWN - 1 : -1]
    older = len(messages) - len(shown)
    newest: dict[str, int] = {}
    for message in shown:
        newest.setdefault(message.get("incident", ""), message["number"])
    listed = (
        "\n".join(_message(m, m["number"] == newest[m.get("incident", "")]) for m in shown)
        or "<li>Nothing has arrived yet.</li>"
    )
    more = f" ({older} older ones with it)" if older else ""
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Messages at the partner</title>
<link rel="stylesheet" href="/messages.css">
<script src="/messages.js" defer></script>
</head>
<body>
<main>
<h1>Messages at the partner</h1>
<p id="status" role="status">{_status(messages, temper)}</p>
<noscript><p><a href="/messages">Look again</a></p></noscript>
<ol id="messages" reversed>
{listed}
</ol>
<p><a href="/messages.json">The same as JSON</a>{more}</p>
</main>
</body>
</html>
"""


def _status(messages: list[dict[str, Any]], temper: str) -> str:
    counted = ", ".join(f"{n} by {how}" for how, n in counts(messages).items())
    arrived = messages[-1]["number"] if messages else 0
    kept = f", of which the newest {len(messages)} are kept" if arrived > len(messages) else ""
    said = f"{arrived} arrived{kept}: {counted}."
    if temper == OK:
        return said
    return f'{said} <span class="warn">Temper {temper}: {TEMPERS[temper]}.</span>'


def _message(message: dict[str, Any], newest: bool) -> str:
    """One of the list; the newest of an incident is where the incident's short link leads."""
    number = message["number"]
    rows = [
        ("Arrived", f'<time datetime="{_text(message["at"])}">{_text(message["at"])}</time>'),
        ("How", _text(message["how"])),
    ]
    for name, key in (
        ("Reference", "reference"),
        ("Status", "status"),
        ("Type", "type"),
        ("Incident", "incident"),
    ):
        if message.get(key):
            rows.append((name, _text(message[key])))
    if message["times"] > 1:
        rows.append(("Times", f'<span class="warn">arrived {message["times"]} times</span>'))
    told = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    anchor = f' id="{_text(message["incident"])}"' if newest and message.get("incident") else ""
    return (
        f'<li{anchor}><article id="m{number}" aria-labelledby="t{number}">'
        f'<h2 id="t{number}" dir="auto">{_text(message["title"]) or "(no title)"}</h2>'
        f"<dl>{told}</dl>"
        f'<div class="text" dir="auto">{_text(message["text"])}</div></article></li>'
    )


def _text(value: object) -> str:
    """Foreign text as HTML shows it, without characters that would change what stands around it."""
    return escape("".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in str(value)))
