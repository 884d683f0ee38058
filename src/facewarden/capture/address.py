"""The address of a source: data from the configuration, never part of a command or option."""

import re
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from facewarden.errors import AddressRefused


class AddressKind(StrEnum):
    """What an address leads to."""

    FILE = "file"
    RTSP = "rtsp"
    HTTP = "http"
    FOLDER = "folder"
    DEVICE = "device"


STREAM_KINDS = {
    "rtsp": AddressKind.RTSP,
    "rtsps": AddressKind.RTSP,
    "http": AddressKind.HTTP,
    "https": AddressKind.HTTP,
}
ALLOWED = (
    "rtsp://, rtsps://, http://, https://, the path of a video or a folder of images, /dev/videoN"
)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")
_DEVICE = re.compile(r"/dev/video[0-9]{1,3}")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.\-]{0,252})|[0-9A-Fa-f:.]{2,45}")
# RFC 3986's characters of a URL; `|`, quotes, blanks and backslashes are not among them.
_URL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&()*+,;=%]+")
# FFmpeg's nested protocols take options as `,name=value`.
_SMUGGLED = re.compile(r",[A-Za-z_]+=")
_SECRET = re.compile(r"(?i)(pass|pwd|user|usr|login|token|key|secret|auth)[A-Za-z]*=")
_HIDDEN = "..."


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address; neither `str` nor `repr` shows credentials.

    Attributes:
        kind: what it leads to.
        target: an absolute path, or a URL without user and password (but with its query).
        redacted: the text for people and logs: no user, password or query.
    """

    kind: AddressKind
    target: str = field(repr=False)
    redacted: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.redacted

    @property
    def encrypted(self) -> bool:
        """Whether the stream is read over TLS."""
        return self.target.startswith(("rtsps://", "https://"))

    def with_credentials(self) -> str:
        """Return the target as FFmpeg opens it: user and password percent-encoded into the URL."""
        if not self.username and not self.password:
            return self.target
        scheme, rest = self.target.split("://", 1)
        return f"{scheme}://{quote(self.username, safe='')}:{quote(self.password, safe='')}@{rest}"


def parse_address(text: str, *, username: str = "", password: str = "") -> Address:
    """Check an address against the allow-list.

    Credentials may stand in a URL (percent-encoded) or be given apart, where they may hold any
    printable character; those given apart win.

    Raises:
        AddressRefused: anything but the schemes and paths of `ALLOWED`; never repeats a secret.
    """
    if not text or not text.isprintable() or not (username + password).isprintable():
        raise AddressRefused(
            "the address is empty or holds control characters", expected="one printable line"
        )
    if text.startswith("-"):
        raise AddressRefused("the address starts with a dash", expected=ALLOWED)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _parse_path(text)
    name = scheme.group(1).lower()
    if name not in STREAM_KINDS or not text[scheme.end() :].startswith("//"):
        raise AddressRefused(
            "the address has a scheme that is not allowed",
            expected=ALLOWED,
            found=f"{name}:",
            remedy="write ./ before a file name that holds a colon",
        )
    return _parse_url(name, text, username, password)


def is_path(text: str) -> bool:
    """Tell whether `parse_address` would take this for a path of this machine."""
    return _SCHEME.match(text) is None


def is_device(text: str) -> bool:
    """Tell whether a path names a video device, by its name alone."""
    return _DEVICE.fullmatch(text) is not None


def _parse_path(text: str) -> Address:
    try:
        path = Path(text).expanduser().absolute()
        mode = path.stat().st_mode
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no such ~user
        raise AddressRefused(
            "there is nothing at this path", expected=ALLOWED, found=text
        ) from error
    if stat.S_ISREG(mode):
        return Address(AddressKind.FILE, str(path), text)
    if stat.S_ISDIR(mode):
        return Address(AddressKind.FOLDER, str(path), text)
    if stat.S_ISCHR(mode) and _DEVICE.fullmatch(str(path)):
        return Address(AddressKind.DEVICE, str(path), text)
    raise AddressRefused(
        "the path is a device, pipe or socket",
        expected="a regular file, a folder or /dev/videoN",
        found=text,
    )


def _parse_url(scheme: str, text: str, username: str, password: str) -> Address:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        inside = (unquote(parts.username or ""), unquote(parts.password or ""))
    except ValueError as error:
        raise _broken("its host or port cannot be read") from error
    if not _URL.fullmatch(text) or _SMUGGLED.search(text):
        raise _broken("it holds blanks, quotes, bars or an option")
    if parts.fragment or "#" in text:
        raise _broken("it holds a '#'")
    if not _HOST.fullmatch(host):
        raise _broken("its host is missing or malformed")
    if port == 0:
        raise _broken("its port is 0")
    if not "".join(inside).isprintable():
        raise _broken("its user or password holds control characters")
    where = f"[{host}]" if ":" in host else host
    where += f":{port}" if port is not None else ""
    query = f"?{parts.query}" if parts.query else ""
    shown = "/".join(_HIDDEN if _SECRET.search(part) else part for part in parts.path.split("/"))
    return Address(
        STREAM_KINDS[scheme],
        f"{scheme}://{where}{parts.path}{query}",
        f"{scheme}://{where}{shown}" + (f"?{_HIDDEN}" if query else ""),
        username or inside[0],
        password or inside[1],
    )


def _broken(why: str) -> AddressRefused:
    return AddressRefused(
        f"the address cannot be used: {why}",
        expected="scheme://host[:port]/path",
        remedy="give user and password apart or percent-encode them",
    )
