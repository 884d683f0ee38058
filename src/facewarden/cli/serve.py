"""facewarden serve: the REST interface and the dashboard."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from facewarden import wiring
from facewarden.cli.consoles import problems
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.errors import ConfigError

PORT = 8420
GRACE_S = 5
"""How long running requests may go on after a signal: event streams never end by themselves."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = PORT,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate chain, PEM.", exists=True, dir_okay=False)
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="Its private key, PEM.", exists=True, dir_okay=False)
    ] = None,
    behind_proxy: Annotated[
        str,
        typer.Option(
            metavar="ADDRESSES",
            help="A proxy at these addresses, separated by commas, speaks TLS to the browsers; "
            "what it says of the client is believed.",
        ),
    ] = "",
    open_metrics: Annotated[
        bool, typer.Option("--open-metrics", help="Serve /metrics to this machine without a key.")
    ] = False,
    config: ConfigOption = None,
    engine: EngineOption = None,
) -> None:
    """Serve the REST interface and the dashboard; on this machine only, unless told otherwise."""
    import uvicorn

    from facewarden.server.address import require_safe
    from facewarden.server.app import create_app
    from facewarden.server.context import Context, ServerOptions

    settings = settings_from(config, engine=engine)
    if (tls_cert is None) != (tls_key is None):
        raise ConfigError("TLS needs both", expected="--tls-cert and --tls-key", found="one")
    require_safe(host, tls=tls_cert is not None, behind_proxy=bool(behind_proxy))
    options = ServerOptions(
        https=tls_cert is not None or bool(behind_proxy), open_metrics=open_metrics
    )
    with wiring.open_store_from(settings) as store:
        app = create_app(Context(settings, store, options=options, config=config))
        scheme = "https" if tls_cert is not None else "http"
        where = f"[{host}]" if ":" in host else host
        problems().print(f"facewarden listens on {scheme}://{where}:{port}")
        uvicorn.run(
            app,
            host=host,
            port=port,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
            proxy_headers=bool(behind_proxy),
            forwarded_allow_ips=behind_proxy or None,
            server_header=False,
            access_log=False,  # its lines hold what was searched for
            log_config=None,
            log_level=logging.WARNING,
            timeout_graceful_shutdown=GRACE_S,
            ws="websockets-sansio",
        )
