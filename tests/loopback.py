"""An ASGI application served for real, on a free port of this machine."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from facewarden.server.connections import HttpConnection, SocketConnection


@contextmanager
def served(
    app: Starlette,
    *,
    http: type[asyncio.Protocol] = HttpConnection,
    ws: type[asyncio.Protocol] = SocketConnection,
) -> Iterator[str]:
    """Serve `app` until the block ends; yields its address, such as http://127.0.0.1:40123."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        log_config=None,
        server_header=False,
        access_log=False,
        proxy_headers=False,
        http=http,
        ws=ws,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the application did not start"
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        assert not thread.is_alive(), "the application did not stop"
