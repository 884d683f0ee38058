"""A camera that speaks HTTP, on loopback: MJPEG, playlists, files, and every kind of trouble."""

import base64
import io
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image as Pillow

from video_factory import picture

Answer = Callable[[BaseHTTPRequestHandler], None]


class HttpCamera:
    """Answers each path as told; counts requests; can be stopped and started on the same port."""

    def __init__(self, answers: dict[str, Answer], certificate: tuple[Path, Path] | None = None):
        self.answers = answers
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._certificate = certificate
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    def start(self) -> "HttpCamera":
        camera = self
        self.stopping.clear()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.requests.append(self.path)
                answer = camera.answers.get(self.path.split("?")[0])
                if answer is None:
                    self.send_error(404)
                    return
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def url(self, path: str) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self.port}{path}"

    def mjpeg(
        self, *, fps: float = 20.0, frames: int | None = None, then: Answer | None = None
    ) -> Answer:
        """Pictures for ever, or so many and then end or do something else."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            request.end_headers()
            index = 0
            while (frames is None or index < frames) and not self.stopping.is_set():
                jpeg = _jpeg(index)
                head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                request.wfile.write(head.encode() + jpeg + b"\r\n")
                index += 1
                time.sleep(1.0 / fps)
            if then is not None:
                then(request)

        return answer

    def hang(self, _request: BaseHTTPRequestHandler) -> None:
        """Say nothing and keep the connection."""
        self.stopping.wait(60)

    def drip(self, request: BaseHTTPRequestHandler) -> None:
        """Send a byte now and then, never a picture."""
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        request.end_headers()
        while not self.stopping.wait(0.05):
            request.wfile.write(b"-")


def content(data: bytes, kind: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    return answer


def guarded(user: str, password: str, inside: Answer) -> Answer:
    """Ask for basic credentials (RFC 7617)."""
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("Authorization") == wanted:
            inside(request)
            return
        request.send_response(401)
        request.send_header("WWW-Authenticate", 'Basic realm="camera"')
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a self-signed certificate of 127.0.0.1 and its key; good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "camera.pem", folder / "camera.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def _jpeg(index: int) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(picture(index, 96, 64)[..., ::-1]).save(out, "JPEG", quality=90)
    return out.getvalue()
