"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="FACEWARDEN_CONFIG",
        help="Settings file (YAML). Without one, the defaults.",
    ),
]
WatchlistOption = Annotated[
    str, typer.Option("--watchlist", "-w", help="Name of the watchlist; made if it is new.")
]
WatchlistsOption = Annotated[
    list[str] | None,
    typer.Option("--watchlist", "-w", help="Watchlist to look for; repeat it. Default: all."),
]
EngineOption = Annotated[
    str | None,
    typer.Option("--engine", help="auto, onnxruntime or openvino; default as configured."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
