"""facewarden pad: what can be done; each command stands in a file of its own."""

from facewarden.cli.lazy_commands import lazy_app

COMMANDS = {
    "check": "facewarden.cli.pad.check:check",
    "simulate": "facewarden.cli.pad.simulate:simulate",
}
"""Where each command stands, in the order of the help."""

app = lazy_app(
    "pad",
    COMMANDS,
    help="Presentation attack detection: make attacks, and judge pictures and clips.",
)
