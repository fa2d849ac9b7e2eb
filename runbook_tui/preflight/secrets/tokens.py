"""Secrets that are known by their own shape, wherever they stand.

Sources are the issuers' own documents where they have one, named in docs/preflight/credentials.md;
each pattern is one that ripgrep and Python understand alike, at most linear in the line.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Token(NamedTuple):
    """A kind of token. `pattern`: its whole shape; what stands around it is looked at apart."""

    kind: str
    words: str
    pattern: str
    hints: tuple[str, ...]
    """Texts of which each such token has one: looked for first, that is many times faster."""


TOKENS = (
    Token("aws-access-key", "AWS access key ID", r"(?:AKIA|ASIA)[0-9A-Z]{16}", ("AKIA", "ASIA")),
    Token(
        "github-token",
        "GitHub token",
        r"gh[pousr]_[A-Za-z0-9]{36,251}",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    ),
    Token("github-token", "GitHub token", r"github_pat_[A-Za-z0-9_]{60,251}", ("github_pat_",)),
    Token(
        "gitlab-token",
        "GitLab token",
        r"gl(?:pat|dt|rt|ptt|cbt|ft|soat|agent|oas|imt)-[A-Za-z0-9_-]{20,200}",
        (
            "glpat-",
            "gldt-",
            "glrt-",
            "glptt-",
            "glcbt-",
            "glft-",
            "glsoat-",
            "glagent-",
            "gloas-",
            "glimt-",
        ),
    ),
    Token("slack-token", "Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}", ("xox",)),
    Token("slack-token", "Slack token", r"xapp-[0-9]-[A-Za-z0-9-]{20,250}", ("xapp-",)),
    Token(
        "slack-webhook",
        "Slack webhook",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]{6,20}/[A-Za-z0-9/]{8,80}",
        ("hooks.slack.com/",),
    ),
    Token(
        "discord-webhook",
        "Discord webhook",
        r"discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_-]{50,90}",
        ("/api/webhooks/",),
    ),
    Token(
        "teams-webhook",
        "Teams webhook",
        r"[a-z0-9]{1,40}\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{60,250}",
        (".webhook.office.com/",),
    ),
    Token("telegram-token", "Telegram bot token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", (":AA",)),
    Token(
        "stripe-key", "Stripe key", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}", ("sk_", "rk_")
    ),
    Token(
        "stripe-webhook-secret",
        "Stripe webhook secret",
        r"whsec_[A-Za-z0-9+/=]{32,100}",
        ("whsec_",),
    ),
    Token("google-api-key", "Google API key", r"AIza[A-Za-z0-9_-]{35}", ("AIza",)),
    Token("google-oauth-secret", "Google OAuth secret", r"GOCSPX-[A-Za-z0-9_-]{28}", ("GOCSPX-",)),
    Token("google-oauth-token", "Google access token", r"ya29\.[A-Za-z0-9_-]{30,250}", ("ya29.",)),
    Token("npm-token", "npm token", r"npm_[A-Za-z0-9]{36}", ("npm_",)),
    Token("pypi-token", "PyPI token", r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,250}", ("pypi-AgE",)),
    Token("sendgrid-key", "SendGrid key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", ("SG.",)),
    Token("mailgun-key", "Mailgun key", r"key-[0-9a-f]{32}", ("key-",)),
    Token("twilio-key", "Twilio API key", r"SK[0-9a-f]{32}", ("SK",)),
    Token(
        "vault-token", "Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{24,250}", ("hvs.", "hvb.", "hvr.")
    ),
    Token(
        "terraform-token",
        "Terraform token",
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}",
        (".atlasv1.",),
    ),
    Token("digitalocean-token", "DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}", ("_v1_",)),
    Token("docker-token", "Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,60}", ("dckr_",)),
    Token("databricks-token", "Databricks token", r"dapi[0-9a-f]{32}", ("dapi",)),
    Token(
        "shopify-token",
        "Shopify token",
        r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
        ("shpat_", "shpca_", "shppa_", "shpss_"),
    ),
    Token("huggingface-token", "Hugging Face token", r"hf_[A-Za-z0-9]{34}", ("hf_",)),
    Token(
        "openai-key",
        "OpenAI key",
        r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,250}",
        ("sk-proj-", "sk-svcacct-", "sk-admin-"),
    ),
    Token(
        "anthropic-key",
        "Anthropic key",
        r"sk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_-]{80,250}",
        ("sk-ant-",),
    ),
    Token("grafana-token", "Grafana token", r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}", ("glsa_",)),
    Token("age-key", "age key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", ("AGE-SECRET-KEY-1",)),
    Token(
        "azure-storage-key",
        "Azure storage key",
        r"AccountKey=[A-Za-z0-9+/]{86}==",
        ("AccountKey=",),
    ),
    Token(
        "json-web-token",
        "JSON Web Token",
        r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{16,1000}",
        ("eyJ",),
    ),
)
ANY = (
    r"(?:A[KS]IA[0-9A-Z]|gh[oprsu]_\w|github_pat_|gl(?:pat|dt|rt|ptt|cbt|ft|soat|agent|oas|imt)-\w|xox[abeoprs]-|xapp-[0-9]|hooks\.slack\.com/"
    r"|/api/webhooks/|\.webhook\.office\.com/|[0-9]:AA[\w-]|[rs]k_(?:live|test)_|whsec_|AIza[\w-]|GOCSPX-"
    r"|ya29\.|npm_\w|pypi-AgE|SG\.\w|key-[0-9a-f][0-9a-f][0-9a-f]|SK[0-9a-f][0-9a-f][0-9a-f]|hv[brs]\.\w"
    r"|\.atlasv1\.|do[opr]_v1_|dckr_|dapi[0-9a-f][0-9a-f]|shp(?:at|ca|pa|ss)_|hf_\w|sk-(?:proj|svcacct|admin|ant)-"
    r"|glsa_|AGE-SECRET-KEY-1|AccountKey=|eyJ\w)"
)
"""What ripgrep looks for: how they begin. With their whole shapes in one expression its automaton
grows past its limit, and it takes ten times as long.
"""
_SHAPES = tuple((token, re.compile(token.pattern)) for token in TOKENS)
_AROUND = re.compile(r"[A-Za-z0-9_]")
_SAME = re.compile(r"(.)\1{7}|EXAMPLE|example|x{6}|X{6}|12345678")


def in_line(text: str) -> list[tuple[Token, int, int]]:
    """The tokens of a line with where they begin and end; what is part of a longer word is none,
    nor what its writer made up for a document (``AKIAIOSFODNN7EXAMPLE``).
    """
    found: list[tuple[Token, int, int]] = []
    for token, shape in _SHAPES:
        if not any(hint in text for hint in token.hints):
            continue
        for match in shape.finditer(text):
            begin, end = match.span()
            before = text[max(begin - 2, 0) : begin]
            if _AROUND.match(before[-1:]) and before not in ("\\n", "\\t"):
                continue
            if end < len(text) and _AROUND.match(text[end]):
                continue
            if not _SAME.search(match.group()):
                found.append((token, begin, end))
    return found
