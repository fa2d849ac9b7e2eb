"""The matrices that come with the program, by the names that a runbook gives them."""

from __future__ import annotations

BUNDLED = (
    "keys-airflow",
    "keys-nginx",
    "keys-openssh",
    "keys-php",
    "keys-postgresql",
    "keys-redis",
    "paths-airflow",
    "paths-debian",
    "paths-gitlab",
    "paths-nextcloud",
    "paths-postgresql",
)
