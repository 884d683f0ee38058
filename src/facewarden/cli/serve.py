"""facewarden serve: the REST interface and the dashboard."""

import logging
import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from facewarden.cli.consoles import problems
from facewarden.cli.ending import ending_signals
from facewarden.cli.options import ConfigOption, EngineOption
from facewarden.cli.settings import settings_from
from facewarden.config.server import ServerSettings
from facewarden.errors import ConfigError
from facewarden.wiring.stores import open_store_from

GRACE_S = 5
"""How long running requests may go on after a signal: event streams never end by themselves."""
KEEP_ALIVE_S = 5
"""An idle connection is kept for so long; uvicorn's own default, said because it is a limit."""
PATIENCE_S = 2.0
"""A server that was killed a moment ago may still be known to the database."""


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; default as configured: 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Default as configured: 8710; 0: any that is free."),
    ] = None,
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

    from facewarden.duty import Duty
    from facewarden.server.address import require_safe
    from facewarden.server.app import create_app
    from facewarden.server.connections import (
        MESSAGE_BYTES,
        MOST,
        HttpConnection,
        SocketConnection,
        make_room,
    )
    from facewarden.server.context import Context, ServerOptions
    from facewarden.server.delivering import end_server
    from facewarden.server.first_start import announce_first_start

    settings = settings_from(config, engine=engine)
    chosen = _chosen(
        settings.server,
        host=host,
        port=port,
        tls_certificate=tls_cert,
        tls_key=tls_key,
        trusted_proxies=tuple(filter(None, behind_proxy.split(","))) or None,
    )
    settings = settings.model_copy(update={"server": chosen})
    tls, proxies = chosen.tls_certificate is not None, ",".join(chosen.trusted_proxies)
    require_safe(chosen.host, tls=tls, behind_proxy=bool(proxies))
    options = ServerOptions(https=chosen.https, open_metrics=open_metrics)
    with (
        open_store_from(settings) as store,
        Duty(store, settings.store.data_dir, "serve", "serves") as serving,
    ):
        serving.take(PATIENCE_S)
        make_room()
        context = Context(
            settings, store, options=options, config=config, supervise=True, serving=serving
        )
        app = create_app(context)
        where = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
        address = f"{'https' if tls else 'http'}://{where}:{chosen.port}"
        problems().print(f"facewarden listens on {address}")
        # Not through the console for people, which breaks long lines: it is to be copied.
        announce_first_start(
            store, chosen.public_url or address, lambda line: typer.echo(line, err=True)
        )
        if signal.SIGHUP in ending_signals():  # of the others uvicorn takes care itself
            signal.signal(signal.SIGHUP, lambda *_: end_server())
        uvicorn.run(
            app,
            host=chosen.host,
            port=chosen.port,
            ssl_certfile=chosen.tls_certificate,
            ssl_keyfile=chosen.tls_key,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies or None,
            server_header=False,
            access_log=False,  # its lines hold what was searched for
            log_config=None,
            log_level=logging.ERROR,  # its warnings repeat what strangers do, each time they do it
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            limit_concurrency=MOST,
            http=HttpConnection,
            ws=SocketConnection,
            ws_max_size=MESSAGE_BYTES,
            ws_per_message_deflate=False,  # JPEG does not shrink
        )


def _chosen(configured: ServerSettings, **given: Any) -> ServerSettings:
    """Return the settings with what was given on the command line put over them."""
    chosen = configured.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    if (chosen.tls_certificate is None) != (chosen.tls_key is None):
        raise ConfigError("TLS needs both", expected="--tls-cert and --tls-key", found="one")
    return chosen
