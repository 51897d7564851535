"""The command group: commands are imported when they are called, so that `assay --help` answers at once."""

from __future__ import annotations

import importlib
import sys

import click

from assay.cli.contracts import contract_packs, forgotten_at_the_end
from assay.cli.output import Streams

COMMANDS = {
    "init": "Write a target file to begin with.",
    "doctor": "Check step by step whether a target can be judged.",
    "plan": "Say what a run would do, and send nothing.",
    "run": "Judge servers and write a report.",
    "serve": "Run a reference server to develop clients against.",
    "requirements": "List what is checked.",
    "sources": "Account for every statement of the documents, and find drift.",
    "prove": "Prove that every check can fail and that none is unfair.",
    "merge": "Unite the reports of the shards of a run.",
    "report": "Make a report of an earlier run, also of one that was killed.",
    "verify": "Check who vouches for a report, and that it is the one.",
    "diff": "Say what changed from one report to another.",
    "trend": "Show how the outcomes of many runs went on.",
    "waive": "Excuse a known failure for a while.",
}
"""Command → its short help, which stands here so that listing the commands imports none of them."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it: 128 and the number of the signal."""


class _LazyGroup(click.Group):
    """A group whose commands are modules beside this one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"assay.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from assay.exceptions import did_you_mean  # noqa: PLC0415 - only needed here

            raise click.UsageError(error.message.rstrip(".") + did_you_mean(args[0], COMMANDS), ctx) from None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assay")
@contract_packs
def _assay() -> None:
    """Judge a running HTTP server against what the documents of its API promise."""


def main() -> None:
    """Run the command line; what the user can put right is one message and exit code 2."""
    streams = Streams()
    code: object = 0
    try:
        code = _run()
    except SystemExit as ended:
        code = ended.code
    sys.exit(streams.exit_code(code))  # type: ignore[arg-type]  # what `sys.exit` was given


def _run() -> object:
    from assay.exceptions import AssayError  # noqa: PLC0415 - after the start

    try:
        with forgotten_at_the_end():
            return _assay(prog_name="assay", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AssayError as error:
        from assay.report.text import one_line  # noqa: PLC0415 - only for a message

        # It may quote a target file, or a report that came from elsewhere.
        click.echo(f"assay: {one_line(str(error))}", err=True)
        return 2
    except click.Abort:
        # Not 1, which says that a server is non-conformant.
        click.echo("assay: interrupted", err=True)
        return INTERRUPTED
