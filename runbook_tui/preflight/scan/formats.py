"""What a file is written in, by its name: that decides how a value stands in it."""

from __future__ import annotations

import re
from typing import Literal

from runbook_tui.preflight.scan.lines import Surroundings

Format = Literal["conf", "shell", "yaml", "json", "xml", "code", "sql", "prose", "bundle"]
"""`bundle`: code that a program wrote (minified). `prose`: text for people; only what is a secret
by its own shape is looked for in these two."""

_CODE = (
    "py pyi pl pm t php php3 php5 phtml inc js mjs cjs ts jsx tsx vue java kt kts rb go c h"
    " cc cpp hh hpp cxx cs swift scala groovy erl hrl ex exs tcl r rs vb vbs ps1 psm1 awk m mm"
    " d dart clj hs ml el lisp jsp asp aspx tpl twig lua vim"
)
_PROSE = (
    "md markdown rst txt text html htm xhtml tex texi texinfo info adoc asciidoc po pot mo"
    " css scss sass less svg log csv tsv bib roff man ms me pod nroff mib asn asn1 diff patch"
    " ics vcf xsd dtd rng xsl xslt list md5sums symbols tab"
)
_BY_EXTENSION: dict[str, Format] = {
    **dict.fromkeys(_CODE.split(), "code"),
    **dict.fromkeys(_PROSE.split(), "prose"),
    **dict.fromkeys(str.split("sh bash zsh ksh csh fish env envrc bat cmd"), "shell"),
    **dict.fromkeys(
        str.split("conf cnf cfg ini config properties toml service timer socket rc"), "conf"
    ),
    **dict.fromkeys(str.split("yml yaml"), "yaml"),
    **dict.fromkeys(str.split("json json5 jsonc tfstate tfvars.json ipynb"), "json"),
    **dict.fromkeys(str.split("xml plist xhtml pom wsdl csproj"), "xml"),
    **dict.fromkeys(str.split("sql mysql pgsql psql ddl dump"), "sql"),
    "map": "bundle",
}
_PLAIN = frozenset(str.split("py pyi pm php c h cc cpp hpp go java rb yaml yml json xml sh"))
"""Extensions that say it all: most files of a tree have one of them."""
_LEFT_OUT = re.compile(
    r"(?i)[.-](?:dist|sample|example|in|default|orig|bak|backup|old|save|new|tmpl|template|tpl|j2|erb"
    r"|ucf-dist|dpkg-\w+|rpm\w+|disabled|off)$"
)
_PROSE_NAME = re.compile(
    r"(?i)^(?:readme|news|authors|licen[cs]e|copying|copyright|install|todo|changes|changelog|history"
    r"|thanks|contributing|faq|upgrading|templates|credits|maintainers|notice|manifest|sha\d*sums)"
    r"(?:[.\-_].*)?$"
)
_NO_SECRETS = re.compile(
    r"(?:^|/)(?:nsswitch\.conf$|lintian/overrides/|logcheck/|(?:bash[-_])?completions?/|zsh/.*_\w+$)"
)
_MAN_PAGE = re.compile(r"\.[1-9][a-z]{0,4}$")
_SECRET_NAME = re.compile(r"(?i)passw|secret|credential")
_BUNDLE = re.compile(r"(?i)[.-]min\.(?:js|css|mjs)$|\.bundle\.js$|\.chunk\.js$")
_CONFIG_CODE = re.compile(
    r"(?i)(?:^|[/_.-])(?:config|configuration|conf|settings|localsettings|local_settings|secrets?"
    r"|credentials?|dbconfig|database|parameters|env)(?:[_.-][\w.-]*)?\.\w+$|\.cfg\.lua$"
)
_LABELS = re.compile(
    r"(?i)(?:^|/)(?:locales?|lang|langs|languages?|i18n|l10n|locali[sz]ation|translations?|nls|messages|labels)(?:/|[._-])"
)
_SHELLS = re.compile(r"^#!.*\b(?:ba|da|z|k|a)?sh\b")
_SCRIPTS = re.compile(r"^#!.*\b(?:python|perl|ruby|node|php|lua|tclsh|wish|awk|gawk|escript)")


def by_name(path: str) -> Format:
    """The format that a file's name tells; what it does not tell counts as configuration."""
    name = path.rpartition("/")[2]
    extension = name.rpartition(".")[2]
    if extension in _PLAIN and "min." not in name:
        return _BY_EXTENSION[extension]
    if _BUNDLE.search(name):
        return "bundle"
    while (shorter := _LEFT_OUT.sub("", name)) != name and "." in shorter.lstrip("."):
        name = shorter
    if _NO_SECRETS.search(path):
        return "prose"
    if name.startswith((".env", "Dockerfile", "Containerfile")) or name == "Makefile":
        return "shell"
    extension = name.rpartition(".")[2].lower() if "." in name[1:] else ""
    known = _BY_EXTENSION.get(extension)
    if known == "prose" and _SECRET_NAME.search(name) and "/doc/" not in path:
        return "conf"
    if known is None and (_PROSE_NAME.match(name) or (extension and _MAN_PAGE.search(name))):
        return "prose"
    return known or "conf"


def by_first_line(format_: Format, first: str) -> Format:
    """The format of a file without a telling name: a script says by what it is run."""
    if format_ != "conf" or not first.startswith(("#!", "<?")):
        return format_
    if first.startswith("<?php"):
        return "code"
    if first.startswith("<?xml"):
        return "xml"
    if _SHELLS.match(first):
        return "shell"
    return "code" if _SCRIPTS.match(first) else format_


def of(name: str, around: Surroundings) -> Format:
    """The format of a file: by its name in the tree, or by its first line where that says none."""
    format_ = by_name(name)
    bare = "." not in name.rpartition("/")[2][1:]
    return by_first_line(format_, around.first()) if format_ == "conf" and bare else format_


def is_settings(path: str) -> bool:
    """Whether a program file is there to be filled in: ``config.inc.php``, ``settings.py``."""
    return _CONFIG_CODE.search(path) is not None


def is_labels(path: str) -> bool:
    """Whether a file has texts that users see: there, a password is a word."""
    return _LABELS.search(path) is not None
