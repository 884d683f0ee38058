"""An RTSP server that plays an H.264 file in an endless loop: /cam1 to /camN on one port.

Stand-alone, for Debian's own Python (/usr/bin/python3): it needs python3-gi,
gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good and gstreamer1.0-plugins-bad. Nothing is
decoded or encoded: the file's access units are read once and sent again and again, their time
stamps going on. Prints one line when it listens, ends on SIGTERM, and may be killed and started
again on the same port.

    /usr/bin/python3 tests/system/rtsp_server.py --port 8554 --file street.mp4 --cameras 4
"""

import argparse
import signal
import sys
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

Unit = tuple[bytes, int, int, bool]

CAPS = "video/x-h264,stream-format=byte-stream,alignment=au"
QUEUE_BYTES = 256 * 1024


def read_access_units(path: str) -> tuple[Any, list[Unit], int]:
    """Return the file's caps, its access units as (bytes, pts, dts, key) and its length, ns."""
    pipeline = Gst.parse_launch(
        f"filesrc name=file ! parsebin ! h264parse config-interval=-1 ! {CAPS} "
        "! appsink name=sink sync=false"
    )
    pipeline.get_by_name("file").set_property("location", path)
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    units: list[Unit] = []
    caps, ends = None, 0
    while (sample := sink.emit("pull-sample")) is not None:
        caps, buffer = sample.get_caps(), sample.get_buffer()
        segment = sample.get_segment()
        pts = segment.to_stream_time(Gst.Format.TIME, buffer.pts)
        dts = pts if buffer.dts == Gst.CLOCK_TIME_NONE else pts - (buffer.pts - buffer.dts)
        duration = 0 if buffer.duration == Gst.CLOCK_TIME_NONE else buffer.duration
        key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
        units.append((buffer.extract_dup(0, buffer.get_size()), pts, dts, key))
        ends = max(ends, pts + duration)
    pipeline.set_state(Gst.State.NULL)
    if not units:
        sys.exit(f"no H.264 video in {path}")
    return caps, units, ends


class Loop(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]
    """Makes media that send the same access units for ever."""

    def __init__(self, caps: Any, units: list[Unit], length: int) -> None:
        super().__init__()
        self.caps, self.units, self.length = caps, units, length
        self.set_shared(True)
        self.set_launch(
            "( appsrc name=source is-live=true format=time ! h264parse config-interval=-1 "
            "! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )

    def do_configure(self, media: Any) -> None:
        source = media.get_element().get_by_name("source")
        source.set_property("caps", self.caps)
        source.set_property("max-bytes", QUEUE_BYTES)
        self.feed(source)

    def feed(self, source: Any) -> None:
        """Push access units while the queue has room and whenever it has room again."""
        state = {"next": 0, "hungry": False}

        def push() -> bool:
            if not state["hungry"]:
                return False
            turn, index = divmod(state["next"], len(self.units))
            data, pts, dts, key = self.units[index]
            buffer = Gst.Buffer.new_wrapped(data)
            buffer.pts = turn * self.length + pts
            buffer.dts = max(0, turn * self.length + dts)
            if not key:
                buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
            state["next"] += 1
            return bool(source.emit("push-buffer", buffer) == Gst.FlowReturn.OK)

        def need(_source: Any, _length: int) -> None:
            if not state["hungry"]:
                state["hungry"] = True
                GLib.idle_add(push)

        def enough(_source: Any) -> None:
            state["hungry"] = False

        source.connect("need-data", need)
        source.connect("enough-data", enough)


def require_login(server: Any, factories: list[Loop], user: str, password: str) -> None:
    """Ask for user and password (RFC 2617 digest and basic)."""
    auth = GstRtspServer.RTSPAuth.new()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("viewer")
    for right in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", right, True)
    for factory in factories:
        factory.set_permissions(permissions)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="0 chooses a free one")
    parser.add_argument("--file", required=True, help="H.264 in any container")
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    chosen = parser.parse_args()
    Gst.init(None)
    content = read_access_units(chosen.file)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(chosen.port))
    factories = [Loop(*content) for _ in range(chosen.cameras)]
    for number, factory in enumerate(factories, 1):
        server.get_mount_points().add_factory(f"/cam{number}", factory)
    if chosen.user:
        require_login(server, factories, chosen.user, chosen.password)
    if server.attach(None) == 0:
        sys.exit(f"port {chosen.port} is taken")
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    print(f"listening on port {server.get_bound_port()}", flush=True)
    loop.run()


if __name__ == "__main__":
    main()
