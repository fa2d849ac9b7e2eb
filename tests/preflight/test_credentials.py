"""What an operator relies on: a secret that stands in a file is found in whatever form it stands,
what only looks like one is told apart, and no value ever leaves the check."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.domain.checks.credentials import CredentialsCheck
from runbook_tui.domain.findings import ASK_SOMEBODY, CheckResult, Finding
from runbook_tui.preflight.checks.credentials import CHECK
from runbook_tui.preflight.secrets.rules import FileRules
from runbook_tui.preflight.secrets.values import verdict
from tests.preflight.targets import by_key, result

WORD = "Zk4vT9qLm2x"


def check(folder: Path, **more: object) -> CheckResult:
    config = CredentialsCheck(paths=(".",), baseline=more.pop("baseline", None))  # type: ignore[arg-type]
    return result(CHECK, config, folder, **more)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def asked(found: CheckResult) -> list[Finding]:
    return [each for each in found.findings if each.severity in ASK_SOMEBODY]


# Where a secret stands, S in its place, and the finding that comes of it.
FORMS = [
    ("app.ini", "[db]\npassword = S\n", "password", 2),
    ("app.ini", "db_pass=S ; the password\n", "password", 1),
    ("app.conf", 'Password "S"\n', "password", 1),
    ("redis.conf", "requirepass S\n", "password", 1),
    ("slapd.conf", "rootpw\tS\n", "password", 1),
    ("radius.conf", "  secret\t\t= S\n", "secret-key", 1),
    ("inspircd.conf", '<oper name="x" password="S" host="*">\n', "password", 1),
    ("kamailio.cfg", 'modparam("auth_db", "password", "S")\n', "password", 1),
    ("app.properties", "spring.datasource.password=S\n", "password", 1),
    ("libpq.conf", "dsn = host=db user=u password=S dbname=x\n", "password", 1),
    (
        "web.config",
        '<add key="x" connectionString="Server=a;User Id=u;Password=S;"/>\n',
        "password",
        1,
    ),
    (".env", "export API_KEY=S\n", "secret-key", 1),
    (".env", "DB_PASSWORD='S'\n", "password", 1),
    ("run.sh", "PGPASSWORD=S psql -h db\n", "password", 1),
    ("run.sh", "mysql -u root -pS app\n", "password", 1),
    ("run.sh", "mysqldump --password=S app\n", "password", 1),
    ("run.sh", "curl -u admin:S https://a.example/\n", "password", 1),
    ("run.sh", 'curl -sf --user "admin:S" https://a.example/\n', "password", 1),
    ("run.sh", "sshpass -p S sftp u@h\n", "password", 1),
    ("run.sh", "tool --token S\n", "token", 1),
    ("run.sh", "redis-cli -h cache -a S ping\n", "password", 1),
    ("run.sh", "openssl rsa -passin pass:S -in k\n", "password", 1),
    ("job.service", "[Service]\nEnvironment=DB_PASSWORD=S\n", "password", 2),
    ("cron.d/job", "0 3 * * * root mysql -u root -pS app < x\n", "password", 1),
    ("Dockerfile", "FROM x\nENV DB_PASSWORD=S\n", "password", 2),
    ("app.yaml", "db:\n  password: S\n", "password", 2),
    ("app.yaml", 'db:\n  password: "S"  # main\n', "password", 2),
    ("pod.yaml", "env:\n- name: DB_PASSWORD\n  value: S\n", "password", 3),
    ("app.json", '{"db": {"password": "S"}}\n', "password", 1),
    ("app.toml", 'secret_key = "S"\n', "secret-key", 1),
    ("app.xml", "<db><password>S</password></db>\n", "password", 1),
    ("app.xml", '<db user="u" password="S"/>\n', "password", 1),
    ("app.xml", '<param name="password" value="S"/>\n', "password", 1),
    ("app.xml", '<entry key="db.password">S</entry>\n', "password", 1),
    ("init.sql", "CREATE USER u WITH PASSWORD 'S';\n", "password", 1),
    ("init.sql", "ALTER ROLE u PASSWORD 'S';\n", "password", 1),
    ("init.sql", "CREATE USER 'u'@'%' IDENTIFIED BY 'S';\n", "password", 1),
    ("wp-config.php", "<?php\ndefine( 'DB_PASSWORD', 'S' );\n", "password", 2),
    ("config.php", "<?php\n$db['password'] = 'S';\n", "password", 2),
    ("settings.py", "DATABASE = {'PASSWORD': 'S'}\n", "password", 1),
    ("App.java", 'String password = "S";\n', "password", 1),
    ("app.js", "const apiKey = 'S'\n", "secret-key", 1),
    ("x.ldif", "olcRootPW: S\n", "password", 1),
    (".netrc", "machine a.example login u password S\n", "password", 1),
    (".pgpass", "db:5432:app:u:S\n", "password", 1),
    ("sasl_passwd", "[mail.a.example]:587 u:S\n", "password", 1),
    ("chap-secrets", "client * S *\n", "password", 1),
    ("urls.conf", "url = amqp://user1:S@mq.a.example/\n", "url-password", 1),
    ("urls.conf", "jdbc=jdbc:mysql://u:S@db.a.example/x\n", "url-password", 1),
    ("app.conf", "Authorization: Bearer S\n", "token", 1),
]


@pytest.mark.parametrize(("name", "text", "key", "line"), FORMS)
def test_a_secret_is_found_in_whatever_form_it_stands(
    tmp_path: Path, name: str, text: str, key: str, line: int
) -> None:
    write(tmp_path, name, _put(text, WORD))
    found = asked(check(tmp_path))
    assert [(each.key, each.severity) for each in found] == [(key, "high")]
    assert [each.line for each in found[0].evidence] == [line]
    assert WORD not in msgspec.json.encode(found).decode()


def _put(text: str, secret: str) -> str:
    """`secret` where S stands alone."""
    return re.sub(r"(?<![A-Za-z_])S(?![A-Za-z_])|(?<=-p)S", lambda _: secret, text)


NONE = [
    ("app.ini", "password = ${DB_PASSWORD}\n"),
    ("app.ini", "password =\n"),
    ("app.ini", "password_file = /run/secrets/db\n"),
    ("app.ini", "password = /run/secrets/db\n"),
    ("app.ini", "password_min_length = 12\n"),
    ("app.ini", "password_encryption = scram-sha-256\n"),
    ("app.conf", "proxy_pass http://backend;\n"),
    ("nginx.conf", "    proxy_pass backend_v2;\n"),
    ("app.yaml", "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n"),
    ("app.yaml", "password: '{{ vault_password }}'\n"),
    ("app.yaml", "passwordSecretRef: {name: db}\n"),
    ("run.sh", 'PASSWORD="$1"\n'),
    ("run.sh", "PASSWORD=$(cat /run/x)\n"),
    ("run.sh", 'if [ "$password" = "x9Y8z7W6" ]; then\n'),
    ("run.sh", 'sshpass -p "$SFTP_PASSWORD" sftp h\n'),
    ("run.sh", "mysql -u root -p app\n"),
    ("app.py", "password: str = field()\n"),
    ("app.py", "token = request.headers['X-Token']\n"),
    ("app.py", 'password = os.environ["DB_PASSWORD"]\n'),
    ("app.php", "$labels['password'] = 'Kennwort';\n"),
    ("lang/de.json", '{"password": "Neues Passwort 2"}\n'),
    ("app.js", 'input({type: "password", name: "password"})\n'),
    ("README.md", "Set `password = hunter2abc9` first.\n"),
    ("app.conf", "token = true\n"),
    ("app.conf", "bypass = Zk4vT9qLm2x\n"),
    ("app.xml", "<password></password>\n"),
    ("app.conf", "password = xxxxxxxx\n"),
    ("app.conf", "password = <your password>\n"),
    ("app.conf", "secret = YOUR_SECRET_HERE\n"),
    ("nsswitch.conf", "passwd: files systemd\n"),
]


@pytest.mark.parametrize(("name", "text"), NONE)
def test_what_only_looks_like_a_secret_asks_nobody(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)
    assert asked(check(tmp_path)) == []


@pytest.mark.parametrize("value", ["changeme", "admin", "password", "testing123", "public"])
def test_a_password_that_everybody_knows_is_a_warning_of_its_own(
    tmp_path: Path, value: str
) -> None:
    write(tmp_path, "app.ini", f"password = {value}\n")
    (found,) = asked(check(tmp_path))
    assert (found.key, found.severity) == ("default-password", "warning")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".htpasswd", "alice:$apr1$abcdefgh$0123456789abcdefghijkl\n"),
        ("shadow", "alice:$y$j9T$abcdefgh$0123456789abcdefghijklmnop:19000:0:99999:7:::\n"),
        ("x.ldif", "userPassword: {SSHA}abcdefghijklmnopqrstuvwxyz012345\n"),
        ("app.yaml", "password: $2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ012\n"),
        ("pg.sql", "ALTER ROLE u PASSWORD 'md5a3556571e93b0d20722ba62be61e8c2d';\n"),
    ],
)
def test_the_hash_of_a_password_is_a_warning(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)
    (found,) = asked(check(tmp_path))
    assert (found.key, found.severity) == ("password-hash", "warning")


def test_the_same_value_is_one_finding_with_every_place(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", f"password = {WORD}\nother = 1\npassword = {WORD}\n")
    write(tmp_path, "b.yaml", f"db: {{x: 1}}\npassword: {WORD}\n")
    write(tmp_path, "c.ini", "password = another7Value\n")
    found = asked(check(tmp_path))
    assert sorted(len(each.evidence) for each in found) == [1, 3]
    assert len({each.subject for each in found}) == 2
    assert all(len(each.subject) == 16 for each in found)


def test_hashes_depend_on_the_key_and_on_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", f"password = {WORD}\n")
    first, again = asked(check(tmp_path)), asked(check(tmp_path))
    other = asked(check(tmp_path, key=b"another key"))
    assert first[0].subject == again[0].subject != other[0].subject


TOKENS = {
    "aws-access-key": "AKIA" + "Q3EGRIVTZ7XNJ4KD",
    "github-token": "ghp_" + "a8Kd02mNxQp7RtYu4WzBc6EfGh1JkLm3NoPq",
    "gitlab-token": "glpat-" + "x7Yk2mPq9RtV4wZbN3sD",
    "slack-token": "xoxb-" + "2948571034-kd83jf02lslf",
    "stripe-key": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "google-api-key": "AIza" + "SyD3kf8Lm2nQ9rTvXw4YzAbCdEfGhIjKl1p",
    "npm-token": "npm_" + "a8Kd02mNxQp7RtYu4WzBc6EfGh1JkLm3NoPq",
    "sendgrid-key": "SG."
    + "a8Kd02mNxQp7RtYu4WzBc6"
    + "."
    + "EfGh1JkLm3NoPqa8Kd02mNxQp7RtYu4WzBc6EfGh1Jk",
    "json-web-token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MjQyNDIifQ.c2lnbmF0dXJlLW9mLWl0LTk4NzY",
    "slack-webhook": "hooks.slack.com/services/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",
    "telegram-token": "739284615:AA" + "HkD83jf02lslfKD83jf02lslfqweRTYui",
    "digitalocean-token": "dop_v1_" + "3fa9c07be4d81265" * 4,
}


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("name", ["app.py", "notes.md", "bundle.min.js", "x.conf"])
def test_a_token_is_known_by_its_shape_in_any_text(tmp_path: Path, kind: str, name: str) -> None:
    write(tmp_path, name, f'before "{TOKENS[kind]}", after\n')
    found = asked(check(tmp_path))
    assert [(each.key, each.severity) for each in found] == [(kind, "high")]
    assert TOKENS[kind] not in msgspec.json.encode(found).decode()


@pytest.mark.parametrize(
    "text", ["AKIAIOSFODNN7EXAMPLE", "xAKIAQ3EGRIVTZ7XNJ4KDx", "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx"]
)
def test_a_made_up_token_is_none(tmp_path: Path, text: str) -> None:
    write(tmp_path, "app.py", f'print("{text}")\n')
    assert asked(check(tmp_path)) == []


def pem(encrypted: bool, form: PrivateFormat) -> bytes:
    how = BestAvailableEncryption(b"pass phrase") if encrypted else NoEncryption()
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, form, how)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_private_key_is_found_and_whether_it_is_encrypted(
    tmp_path: Path, form: PrivateFormat, encrypted: bool
) -> None:
    key = pem(encrypted, form)
    write(tmp_path, "deep/key.pem", b"text before\n" + key)
    write(tmp_path, "copy.txt", key)
    (found,) = asked(check(tmp_path))
    want = ("encrypted-private-key", "warning") if encrypted else ("private-key", "high")
    assert (found.key, found.severity) == want
    assert len(found.evidence) == 2
    body = key.decode().splitlines()[-3]
    assert body not in msgspec.json.encode(found).decode()


def test_an_openssh_key_tells_by_its_cipher(tmp_path: Path) -> None:
    tools = LocalTools()
    if tools.find("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not here")
    for name, phrase in (("open", ""), ("closed", "pass phrase")):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", str(tmp_path / name)]
        assert tools.run(argv).exit == 0
    keys = by_key(check(tmp_path))
    assert [each.place for f in keys["private-key"] for each in f.evidence] == ["./open"]
    assert [each.place for f in keys["encrypted-private-key"] for each in f.evidence] == [
        "./closed"
    ]


def test_a_key_in_one_line_of_json_is_found(tmp_path: Path) -> None:
    text = pem(False, PrivateFormat.PKCS8).decode()
    write(tmp_path, "service-account.json", json.dumps({"private_key": text}))
    assert "private-key" in by_key(check(tmp_path))


def test_a_key_store_is_told_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, "app.p12", b"\x30\x82\0\0binary")
    (found,) = by_key(check(tmp_path))["key-store"]
    assert (found.severity, found.subject) == ("warning", "./app.p12")


def test_the_words_alone_are_no_key(tmp_path: Path) -> None:
    write(tmp_path, "x.py", "if line == '-----BEGIN RSA PRIVATE KEY-----':\n    pass\n")
    assert asked(check(tmp_path)) == []


def test_what_stands_in_comments_asks_nobody_but_is_kept(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", f"# password = {WORD}\n; password = {WORD}\n")
    write(tmp_path, "a.xml", f"<a>\n<!--\n<password>{WORD}</password>\n-->\n</a>\n")
    write(tmp_path, "a.php", f"<?php\n/*\n$db_password = '{WORD}';\n*/\n$x = glob('/a/*');\n")
    found = check(tmp_path)
    assert asked(found) == []
    (commented,) = by_key(found)["commented"]
    assert len(commented.evidence) == 4
    assert commented.severity == "info"


def test_a_glob_begins_no_comment(tmp_path: Path) -> None:
    write(tmp_path, "a.php", f"<?php\n$x = glob('/a/*');\n$db_password = '{WORD}';\n")
    assert [each.key for each in asked(check(tmp_path))] == ["password"]


def test_what_is_accepted_is_told_and_asks_nobody(tmp_path: Path) -> None:
    write(tmp_path / "x", "a.ini", f"password = {WORD}\n")
    config = CredentialsCheck(paths=("x",), baseline="base.yaml")
    digest = asked(result(CHECK, CredentialsCheck(paths=("x",)), tmp_path))[0].subject
    entry = f"- hash: {digest}\n  reason: lab only\n  owner: ops\n"
    write(tmp_path, "base.yaml", f"accepted:\n{entry}")
    found = result(CHECK, config, tmp_path)
    assert asked(found) == []
    assert "accepted by ops: lab only" in by_key(found)["password"][0].title

    write(tmp_path, "base.yaml", f"accepted:\n{entry}  until: 2026-05-01\n")
    assert asked(result(CHECK, config, tmp_path)) == []  # its last day
    write(tmp_path, "base.yaml", f"accepted:\n{entry}  until: 2026-04-30\n")
    (late,) = asked(result(CHECK, config, tmp_path))
    assert late.severity == "high"
    assert "accepted until 2026-04-30 by ops" in late.title
    write(tmp_path, "base.yaml", f"accepted:\n{entry}  place: other/*\n")
    assert asked(result(CHECK, config, tmp_path))[0].severity == "high"
    write(tmp_path, "base.yaml", f"accepted:\n{entry}  kind: token\n")
    assert asked(result(CHECK, config, tmp_path))[0].severity == "high"
    write(tmp_path, "base.yaml", f"accepted:\n{entry}  place: x/*.ini\n  kind: password\n")
    assert asked(result(CHECK, config, tmp_path)) == []


def test_an_accepted_one_that_is_gone_is_told(tmp_path: Path) -> None:
    write(tmp_path / "x", "a.ini", "a = 1\n")
    write(tmp_path, "b.yaml", "accepted:\n- {hash: 0123456789abcdef, reason: r, owner: o}\n")
    found = result(CHECK, CredentialsCheck(paths=("x",), baseline="b.yaml"), tmp_path)
    assert by_key(found)["baseline-unused"][0].subject == "0123456789abcdef"


@pytest.mark.parametrize("text", [None, "accepted: [{hash: x}]\n", "{", "accepted: 3\n"])
def test_a_baseline_that_cannot_be_read_accepts_nothing(tmp_path: Path, text: str | None) -> None:
    write(tmp_path / "x", "a.ini", f"password = {WORD}\n")
    if text is not None:
        write(tmp_path, "b.yaml", text)
    keys = by_key(result(CHECK, CredentialsCheck(paths=("x",), baseline="b.yaml"), tmp_path))
    assert keys["baseline"][0].severity == "unknown"
    assert keys["password"][0].severity == "high"


def test_without_a_key_a_baseline_is_of_no_use_and_that_is_told(tmp_path: Path) -> None:
    write(tmp_path / "x", "a.ini", f"password = {WORD}\n")
    write(tmp_path, "b.yaml", "accepted: []\n")
    config = CredentialsCheck(paths=("x",), baseline="b.yaml")
    keys = by_key(result(CHECK, config, tmp_path, key=b""))
    assert keys["no-key"][0].severity == "unknown"
    first = keys["password"][0].subject
    again = by_key(result(CHECK, config, tmp_path, key=b""))["password"][0].subject
    assert first != again  # never the bare hash of a value


def test_a_tree_without_any_passes_and_says_what_was_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "a.ini", "a = 1\n")
    write(tmp_path, "b", b"\0binary")
    keys = by_key(check(tmp_path))
    assert keys["none"][0].title == "1 files, no credential"
    assert "1 binary files" in keys["binary-files"][0].title


def test_a_path_that_is_not_there_is_no_pass(tmp_path: Path) -> None:
    found = result(CHECK, CredentialsCheck(paths=("no",)), tmp_path)
    assert [each.severity for each in found.findings] == ["unknown"]


# Letters that stand in every format without being quoted there.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_secrets = st.text(_ALPHABET, min_size=10, max_size=24).filter(
    lambda text: any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(secret=_secrets)
def test_no_value_is_in_any_byte_of_the_findings(
    tmp_path_factory: pytest.TempPathFactory, secret: str
) -> None:
    folder = tmp_path_factory.mktemp("planted")
    for number, (name, text, _, _) in enumerate(FORMS):
        write(folder, f"{number}/{name}", _put(text, secret))
        write(folder, f"c{number}/{name}", "# " + _put(text, secret))
    write(folder, "names.ini", f"{secret}_password = {secret}\npassword_{secret} = {secret}\n")
    write(folder, "nested.ini", f"password = token={secret} secret: {secret}\n")
    write(folder, "nested.sh", f"curl -u {secret}:{secret} --token {secret} -d password={secret}\n")
    found = check(folder)
    assert found.ran
    assert len(by_key(found).get("password", ())) >= 1
    raw = msgspec.json.encode(found).decode()
    for form in (
        secret,
        base64.b64encode(secret.encode()).decode().rstrip("=")[:-1],
        quote(secret),
        secret.encode().hex(),
        json.dumps(secret)[1:-1],
        secret[::-1],
    ):
        assert form not in raw


@pytest.mark.parametrize("name", ["a.conf", "a.sh", "a.yaml", "a.php", "a.json", "a.sql", "a.xml"])
@pytest.mark.parametrize(
    "line",
    [
        "password" * 500,
        "password=" * 450,
        "password = '" + "\\" * 3900,
        "a://" * 1000,
        "curl -u " + "a:" * 1900,
        "mysql " + "-p " * 1300,
        "mysql " + "a " * 1900 + "-p",
        "identified by " * 280,
        "echo " + "a:b" * 1200 + " | chpasswd",
        "htpasswd " + "-b " * 1300,
        "secret" + " " * 3900 + "=",
        "eyJ" + "a" * 1900 + "." + "eyJ" + "a" * 1900,
        "://" + "a" * 1900 + ":" + "b" * 1900,
        "token('" * 570,
        "name: " + "password" * 480,
    ],
)
def test_a_hostile_line_takes_no_time(tmp_path: Path, name: str, line: str) -> None:
    path = write(tmp_path, name, line[:4000])
    rules = FileRules(str(path), name)
    begun = time.perf_counter()
    list(rules.secrets(1, line[:4000]))
    assert time.perf_counter() - begun < 0.5


@given(st.text(max_size=600), st.sampled_from(["conf", "code", "yaml", "shell"]))
def test_any_value_gets_a_verdict(value: str, format_: str) -> None:
    verdict(value, "password", format_, "")  # type: ignore[arg-type]
