"""The files of the dashboard, read once, with names under which browsers may keep them for ever."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

KINDS: Final = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }
)
"""By the ending of the name; a file of another kind is not served."""
PLACEHOLDER: Final = b"{{assets}}"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    body: bytes
    media_type: str


class Pages:
    """The page and its assets.

    Args:
        folder: holds index.html, css/ and js/; None: the one that ships with the package.

    Attributes:
        version: a digest of every file. It stands in each asset's address, so that a browser
            keeps an asset for ever and still never mixes two versions: modules import each other
            by relative addresses.
        index: the page, which names its assets by version.
    """

    def __init__(self, folder: Traversable | None = None) -> None:
        root = folder or files("facewarden.dashboard").joinpath("static")
        found = _read(root, "")
        digest = hashlib.sha256()
        for name in sorted(found):
            digest.update(name.encode() + b"\0" + hashlib.sha256(found[name].body).digest())
        self.version = digest.hexdigest()[:16]
        index = found.pop("index.html")
        here = f"/assets/{self.version}".encode()
        self.index = Asset(index.body.replace(PLACEHOLDER, here), index.media_type)
        self._assets = found

    def asset(self, version: str, name: str) -> Asset | None:
        """Return a file by its name below static/; None: no such file, or of another version."""
        return self._assets.get(name) if version == self.version else None


def _read(folder: Traversable, prefix: str) -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for entry in folder.iterdir():
        name = prefix + entry.name
        kind = KINDS.get(entry.name.rpartition(".")[2])
        if entry.is_dir():
            found.update(_read(entry, name + "/"))
        elif kind is not None:
            found[name] = Asset(entry.read_bytes(), kind)
    return found
