"""The command line: what the words are; each command stands in a file of its own."""

import errno
import io
import logging
import os
import resource
import sys
from typing import Annotated

import typer
from rich.logging import RichHandler

from facewarden import __version__
from facewarden.cli.consoles import problems
from facewarden.cli.faults import OneLineFormatter, in_one_line
from facewarden.cli.lazy_commands import lazy_group
from facewarden.errors import ConfigError, FacewardenError, StoreFull
from facewarden.store.access import Access, accessing
from facewarden.text import shown

_FAULT = 70
"""EX_SOFTWARE of sysexits.h."""
_REPORT = "this is a fault of facewarden: please report this line"

_BY_THEMSELVES = frozenset({"watch", "serve"})
"""Commands that go on without whoever started them."""

COMMANDS = {
    "enrol": "facewarden.cli.enrol:enrol",
    "watch": "facewarden.cli.watch:watch",
    "serve": "facewarden.cli.serve:serve",
    "identify": "facewarden.cli.identify:identify",
    "re-enrol": "facewarden.cli.re_enrol:re_enrol",
    "calibrate": "facewarden.cli.calibrate:calibrate",
    "status": "facewarden.cli.status:status",
    "explain": "facewarden.cli.explain:explain",
    "report": "facewarden.cli.report:report",
    "doctor": "facewarden.cli.doctor:doctor",
    "demo": "facewarden.cli.demo:demo",
    "restore": "facewarden.cli.restore:restore",
    "alerts": "facewarden.cli.alerts:app",
    "subjects": "facewarden.cli.subjects:app",
    "watchlists": "facewarden.cli.watchlists:app",
    "cameras": "facewarden.cli.cameras:app",
    "users": "facewarden.cli.users:app",
    "deployments": "facewarden.cli.deployments:app",
    "audit": "facewarden.cli.audit:app",
    "models": "facewarden.cli.models:app",
    "backup": "facewarden.cli.backup:app",
    "evaluate": "facewarden.cli.evaluate.main:app",
    "train": "facewarden.cli.train.main:app",
    "pad": "facewarden.cli.pad.main:app",
}
"""Where each command stands, in the order of the help."""

app = typer.Typer(
    name="facewarden",
    help="Watch cameras and recordings for people on an authorised watchlist.",
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"facewarden {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell more.")] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Watch cameras and recordings for people on an authorised watchlist."""
    if context.invoked_subcommand not in _BY_THEMSELVES:
        # What a person does here is audited as done at the machine itself.
        context.with_resource(accessing(Access()))
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[_log_handler()])
    # Libraries repeat addresses and headers; ours say what the operator needs.
    for library in ("httpx", "httpcore", "apprise", "paho", "libav", "alembic", "py.warnings"):
        logging.getLogger(library).setLevel(logging.ERROR)
    logging.getLogger("PIL").setLevel(logging.CRITICAL)  # what it could not read is said by us
    logging.captureWarnings(capture=True)


def _log_handler() -> logging.Handler:
    """Return what writes the log: for the eye on a terminal, else one record a line with its date.

    Rich breaks lines at the width of a terminal, at 80 where there is none: a journal would hold
    halves of sentences.
    """
    if not problems().is_terminal:
        plain = logging.StreamHandler()
        plain.setFormatter(
            OneLineFormatter("%(asctime)s %(levelname)-8s %(message)s", "%Y-%m-%d %H:%M:%S")
        )
        return plain
    rich = RichHandler(console=problems(), show_path=False, markup=False, rich_tracebacks=False)
    rich.setFormatter(OneLineFormatter("%(message)s", "%H:%M:%S"))
    return rich


def keep_memory_off_the_disk() -> None:
    """Forbid core dumps: in memory are pictures and templates of people who matched nobody."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def run() -> None:
    """Run the command line; every error is one line and a non-zero exit."""
    keep_memory_off_the_disk()
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end the command that prints it.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except ConfigError as error:
        for line in error.problems or (str(error),):
            print(f"facewarden: {line}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except FacewardenError as error:
        print(f"facewarden: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone; keep Python from saying so again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        known = StoreFull("the disk is full") if error.errno == errno.ENOSPC else None
        words = shown(f"{error.strerror or in_one_line(error)}: {error.filename or ''}")
        print(f"facewarden: {known or words.rstrip(': ')}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001
        print(f"facewarden: {in_one_line(error)}; {_REPORT}", file=sys.stderr)  # noqa: T201
        sys.exit(_FAULT)
