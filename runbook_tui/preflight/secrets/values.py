"""What a value is that stands behind a secret's name: a secret, or only something in its place."""

from __future__ import annotations

import re
from typing import Literal

from runbook_tui.preflight.scan.formats import Format

Verdict = Literal["secret", "default", "hash", "reference", "placeholder", "nothing"]
"""`default`: a well-known literal that lets everybody in. `reference`: it is taken from elsewhere.
`placeholder`: somebody is to fill it in. `nothing`: no value, or a word that means none."""

LONGEST = 512
"""Letters from which a value is taken for data."""
_REFERENCE = re.compile(
    r"""^(?:
      [$%@]\{ | &[A-Za-z] | [$][A-Za-z_(\[\d@*#] | \$\$ | % \(? [A-Za-z_][\w.]* (?:\)s | %)
      | \{\{ | \{% | <% | <\? | \#\{ | `
      | @@?[\w.]+@@?$ | __[\w.]+__$ | %[A-Za-z]$ | %\{ | \{[a-z_][\w.]*\}$ | ![A-Z_]+!$
      | (?:~|\.{1,2})?/(?![A-Za-z0-9+/]{30,}=*$)[\w.@%{}$-]*(?:/[^/]|$)
      | [A-Za-z]:\\ | file: | env: | vault: | op:// | aws-?sm: | ssm: | arn:aws | gcp-?sm:
      | secret:// | keyring:
      | ENC\[ | ENC\( | \$ANSIBLE_VAULT | !vault | projects/.+/secrets/ | kms: | sm:// | bao:
      | pass: | sops:
      | (?:os\.)?(?:getenv|environ|process\.env|ENV\[|System\.get|lookup\(|env\()
      | https?://
      | [\w./@%-]+\.(?:pem|key|crt|cer|der|p12|pfx|jks|txt|conf|file|json|ya?ml|ini|sock|db|gpg|asc
          |php|cgi|sh|pl|py|html?)$
    )""",
    re.VERBOSE,
)
_INSIDE = re.compile(
    r"\$\{[^}]*\}|\{\{.*?\}\}|\$\(|%\([a-z_]\w*\)s|<%=|%\{[\w:.-]+\}|\$\w*[A-Z]{3}"
)
_WORDS = frozenset(
    str.split(
        "true false yes no on off none null nil undefined nothing empty unset disabled disable"
        " enabled enable optional required require prompt ask auto automatic default plain"
        " plaintext plain_text encrypted clear cleartext md5 sha1 sha256 sha512 crypt bcrypt scram"
        " hash any all always never string str text int integer bool boolean bytes object varchar"
        " char password_hash hidden hide show varchar(255) not is as and or in the self this void"
        " static optional[str] binary unlocked basic bearer digest negotiate kerberos gssapi oauth"
        " oauth2 jwt file socket peer trust ident unknown normal cert certificate pam ldap shadow"
        " passwd-file sql mysql pgsql local system x * request response header cookie query body"
        " env pbkdf2 argon2 argon2id scrypt internal external refresh refresh_token access_token"
        " password_credentials client_credentials"
    )
)
_MASK = re.compile(
    r"^(?:[xX]{3,}|[*•●#?_.+-]{2,}|(.)\1{5,}|[xX*]+(?:-[xX*]+)+|\*+\w{0,4}|0+|\.\.\.)$"
)
_NO_VALUE = re.compile(r"^(?:v?\d+(?:\.\d+)+\w*|[a-z][a-z_-]{0,30}=|[:\[*].*)$")
_FRAMED = re.compile(r"^(?:X{2,}|[_#%@-]+)_?(\w+?)_?(?:X{2,}|[_#%@-]+)$")
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_FILL_IN = re.compile(
    r"""(?ix) ^[<\[{(«].*[>\]})»]$ | ^(?:\W*)(?:your|my|put|insert|replace|enter|fill|type|add|set
    |choose|pick|some|todo|fixme|tbd|dummy|foo|bar|foobar|fake|sample|example|redacted|removed
    |masked|placeholder|must|should)
    (?:$|[\s_.-]|(?:password|passwd|pass|secret|token|key|apikey|here|own|this|value)\b)
    | (?:_|-|\b)here$ | \bgoes\b | (?:^|[_-])placeholder | example$ | ^insert | ^replace
    | ^(?:secret|password|passwd|token|key|api_?key|value)
      [_-](?:here|goes|value|placeholder|string|text)
    | ^to[\s_-]?be[\s_-]
    """
)
_DEFAULTS = frozenset(
    str.split(
        "changeme changeit change_me change-me change_this changethis change-this changepassword"
        " change_this_password password passwd passw0rd p@ssw0rd p@ssword pass pass123 password1"
        " password123 pwd secret secret123 s3cret s3cr3t admin admin123 administrator root toor"
        " guest user test test123 test1234 testing testing123 tester demo default letmein welcome"
        " welcome1 qwerty 123 1234 12345 123456 1234567 12345678 123456789 1234567890 0000 1111"
        " 000000 111111 abc123 abcd1234 iloveyou monkey dragon master public private foobared"
        " hello world bar foo foobar hunter2 tomcat manager monitor cisco oracle postgres mysql"
        " redis rabbitmq nagios zabbix icinga cacti pi raspberry ubnt vagrant minioadmin mypass"
        " mypassword mysecret my_password my-password my_secret supersecret verysecret topsecret"
        " thisisasecret notsosecret sekrit sesame opensesame notset whatever asdf asdfasdf"
        " your_password yourpassword pgbouncer cpanel nobody anonymous upsmon"
    )
)
_HASH = re.compile(
    r"""^(?:\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|P|H|argon2(?:id|i|d)|pbkdf2[\w-]*|scrypt|bcrypt[\w-]*)\$\S{8,}
    | \{(?:S?SHA\d*|SMD5|CRYPT|MD5|PBKDF2[\w-]*|ARGON2\w*|BLF-CRYPT|SHA\d+-CRYPT|SCRAM-[\w-]+)\}
      \S{8,}
    | (?:pbkdf2_sha\d+|argon2\w*|bcrypt\w*|scrypt|sha1|md5)\$\S{8,} | SCRAM-SHA-\d+\$\S{8,}
    | md5[0-9a-f]{32} | \*[0-9A-F]{40} )$""",
    re.VERBOSE,
)
_HEX_HASH = re.compile(r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$")
_NAMES_PASSWORD = re.compile(r"(?i)pass|pwd|pw\d*$")
_CALL = re.compile(
    r"^[\w.$:>-]{1,60}\(.*\)?$|\)\s*;?$|^new\s|->|::\w+\(|=>|^function\b|^lambda\b|\[['\"]?\w+['\"]?\]"
)
_TYPE = re.compile(
    r"^(?:Optional|Option|List|Dict|Union|Secret|Sensitive)[\w.]*[\[<]?|^[A-Z][a-z]+(?:Str|String)$"
)
_IDENTIFIER = re.compile(r"^[A-Za-z_][A-Za-z_.-]*$")
_LETTERS = re.compile(r"^[^\W\d_]+$")


def verdict(value: str, name: str, format_: Format, quoted: str, settings: bool = True) -> Verdict:
    """What `value` is. `settings`: the file is there to be filled in; where it is not (program
    text, labels), a plain word is a word.
    """
    value = value.strip()
    if not value or len(value) > LONGEST:
        return "nothing"
    low = value.lower()
    if low in _WORDS or len(value) < 2 or _NO_VALUE.match(value):
        return "nothing"
    if _HASH.match(value):
        return "hash"
    if _REFERENCE.match(value) or _INSIDE.search(value):
        return "reference"
    if quoted != "'" and format_ in ("shell", "code") and re.search(r"\$[\w{(]", value):
        return "reference"
    if not quoted and _CONSTANT.match(value):
        return "reference"
    if _MASK.match(value) or _FRAMED.match(value):
        return "placeholder"
    if low in _DEFAULTS:
        return "default" if settings or not _is_word(low, name) else "nothing"
    if _FILL_IN.search(value):
        return "placeholder"
    if not quoted and _is_expression(value):
        return "reference"
    if " " in value and not _is_phrase(value, quoted, format_, settings):
        return "nothing"
    if not settings and (
        _IDENTIFIER.match(value) or _LETTERS.match(value) or not re.search(r"[A-Za-z0-9]{3}", value)
    ):
        return "nothing"
    if format_ == "code" and re.search(r"[\\%]\w*[sd(]|^[.#]\w|[<>]", value):
        return "nothing"
    if low == name.lower() or _squeezed(low) == _squeezed(name.lower()):
        return "nothing" if not settings else "placeholder"
    if _HEX_HASH.match(value) and _NAMES_PASSWORD.search(name):
        return "hash"
    return "secret"


def _is_word(low: str, name: str) -> bool:
    return _LETTERS.match(low) is not None and (low in _squeezed(name.lower()) or low in (
        "password", "passwd", "pass", "secret", "user", "master", "private", "public", "default",
        "test", "root", "admin", "guest", "world", "hello", "manager", "monitor", "nobody", "pwd",
    ))  # fmt: skip


def _is_expression(value: str) -> bool:
    return _CALL.search(value) is not None or _TYPE.match(value) is not None


def _is_phrase(value: str, quoted: str, format_: Format, settings: bool) -> bool:
    """Whether a text with blanks may be a pass phrase and is no sentence or label."""
    if not settings or format_ in ("code", "json", "xml"):
        return False
    words = value.split()
    letters = sum(_LETTERS.match(word.strip(".,:;!?'\"")) is not None for word in words)
    if format_ == "yaml" or not quoted:
        return len(words) <= 6 and letters < len(words)
    return len(words) <= 6 and not value.endswith((".", ":", "?", "!"))


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]", "", text)
