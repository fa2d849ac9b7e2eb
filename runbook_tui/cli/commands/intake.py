"""`intake`: vet an upgrade package before anybody trusts it."""

from __future__ import annotations

import click

from runbook_tui.cli.options import examples


@click.command(
    epilog=examples(
        "intake Full-upgrade-package-dten.zip",
        "intake dten_5.0_amd64.deb --format sarif > intake.sarif",
        "intake dten-5.0.zip --signature dten-5.0.zip.asc --keys vendor-keys.asc",
        "intake ./unpacked --sha256 3f9c2ab41d07… --json",
    )
)
@click.argument("package", metavar="PACKAGE", type=click.Path())
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document, the same as --format json."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif", "junit"]), default="text",
    help="What is printed; sarif and junit are for CI.",
)  # fmt: skip
@click.option("--sha256", metavar="HASH", help="What the package's SHA-256 must be.")
@click.option(
    "--signature", metavar="FILE", type=click.Path(),
    help="A signature of the package: GPG, SSH or minisign.",
)  # fmt: skip
@click.option(
    "--keys", metavar="FILE", type=click.Path(),
    help="Whose signature counts: GPG keys, SSH allowed signers, a minisign public key.",
)  # fmt: skip
def intake(
    package: str,
    as_json: bool,
    form: str,
    sha256: str | None,
    signature: str | None,
    keys: str | None,
) -> int:
    """Vet an upgrade package before anybody trusts it.

    PACKAGE is a zip, wheel, tar (gz, bz2, xz), deb or directory. It is read where it lies: nothing
    in it is run, nothing is unpacked onto the disk. Exits with 1 where somebody has to look at
    something, and says UNKNOWN of what could not be read.
    """
    if as_json and form not in ("text", "json"):
        raise click.UsageError(f"--json and --format {form} are two forms: give one")
    from runbook_tui.cli import exits, intaking, reporting

    report = intaking.take_in(package, sha256, signature, keys)
    reporting.print_report(report, "json" if as_json else form)
    return exits.NO if report.asks_somebody else exits.FINE
