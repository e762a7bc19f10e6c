"""The command line: `cxtext --help`. Commands are thin; what they call is imported when they are called."""

import os
import sys
from typing import Any

import click

from cxtext import __version__
from cxtext.cli import causes, measuring, nights, reading, reviewing, themes, training
from cxtext.errors import CxtextError


class _OneLineErrors(click.Group):
    """A group whose commands fail with one line and exit code 2 where the user can mend it."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CxtextError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:  # `cxtext show ... | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order in which they are needed


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cxtext")
def main() -> None:
    """Reads support tickets and survey comments every night: what caused the dissatisfaction, which themes recur,
    and what to do about them. Start with `cxtext demo`.

    Exit codes: 0 all well, 1 something needs a look, 2 settings or input at fault.
    """


for command in (
    *nights.COMMANDS,
    *reading.COMMANDS,
    *themes.COMMANDS,
    *causes.COMMANDS,
    *measuring.COMMANDS,
    *reviewing.COMMANDS,
    *training.COMMANDS,
):
    main.add_command(command)
