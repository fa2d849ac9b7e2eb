"""`completion`: the script that teaches a shell to complete this program."""

from __future__ import annotations

import click

from runbook_tui.cli.options import examples
from runbook_tui.cli.root import COMPLETE, PROGRAM, cli


@click.command(
    epilog=examples("completion bash > ~/.local/share/bash-completion/completions/runbook-tui")
)
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print a completion script for your shell.

    It completes commands, options, runs and steps. To install it:

    \b
    bash  runbook-tui completion bash > ~/.local/share/bash-completion/completions/runbook-tui
    zsh   runbook-tui completion zsh > ~/.zfunc/_runbook-tui
          (with fpath+=~/.zfunc before compinit in ~/.zshrc)
    fish  runbook-tui completion fish > ~/.config/fish/completions/runbook-tui.fish
    """
    from click.shell_completion import get_completion_class

    from runbook_tui.cli import exits, say

    found = get_completion_class(shell)
    assert found is not None
    say.out(found(cli, {}, PROGRAM, COMPLETE).source())
    return exits.FINE
