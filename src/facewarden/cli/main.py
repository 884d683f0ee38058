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
from facewarden.cli import (
    alerts,
    audit,
    backup,
    cameras,
    deployments,
    models,
    subjects,
    users,
    watchlists,
)
from facewarden.cli.calibrate import calibrate
from facewarden.cli.consoles import problems
from facewarden.cli.demo import demo
from facewarden.cli.doctor import doctor
from facewarden.cli.enrol import enrol
from facewarden.cli.evaluate.main import app as evaluate
from facewarden.cli.explain import explain
from facewarden.cli.faults import OneLineFormatter, in_one_line
from facewarden.cli.identify import identify
from facewarden.cli.re_enrol import re_enrol
from facewarden.cli.report import report
from facewarden.cli.restore import restore
from facewarden.cli.serve import serve
from facewarden.cli.status import status
from facewarden.cli.train.main import app as train
from facewarden.cli.watch import watch
from facewarden.errors import ConfigError, FacewardenError, StoreFull
from facewarden.store.access import Access, accessing
from facewarden.text import shown

_FAULT = 70
"""EX_SOFTWARE of sysexits.h."""
_REPORT = "this is a fault of facewarden: please report this line"

_BY_THEMSELVES = frozenset({"watch", "serve"})
"""Commands that go on without whoever started them."""

app = typer.Typer(
    name="facewarden",
    help="Watch cameras and recordings for people on an authorised watchlist.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(enrol)
app.command()(watch)
app.command()(serve)
app.command()(identify)
app.command("re-enrol")(re_enrol)
app.command()(calibrate)
app.command()(status)
app.command()(explain)
app.command()(report)
app.command()(doctor)
app.command()(demo)
app.command()(restore)
app.add_typer(alerts.app, name="alerts")
app.add_typer(subjects.app, name="subjects")
app.add_typer(watchlists.app, name="watchlists")
app.add_typer(cameras.app, name="cameras")
app.add_typer(users.app, name="users")
app.add_typer(deployments.app, name="deployments")
app.add_typer(audit.app, name="audit")
app.add_typer(models.app, name="models")
app.add_typer(backup.app, name="backup")
app.add_typer(evaluate, name="evaluate")
app.add_typer(train, name="train")


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
    handler = RichHandler(console=problems(), show_path=False, markup=False, rich_tracebacks=False)
    level = logging.INFO if verbose else logging.WARNING
    handler.setFormatter(OneLineFormatter("%(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler])
    # Libraries repeat addresses and headers; ours say what the operator needs.
    for library in ("httpx", "httpcore", "apprise", "paho", "libav", "alembic", "py.warnings"):
        logging.getLogger(library).setLevel(logging.ERROR)
    logging.getLogger("PIL").setLevel(logging.CRITICAL)  # what it could not read is said by us
    logging.captureWarnings(capture=True)


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
