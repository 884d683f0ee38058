"""Where a server may listen: on this machine, or elsewhere through TLS."""

import ipaddress
import socket

from facewarden.errors import ConfigError


def require_safe(host: str, *, tls: bool, behind_proxy: bool) -> None:
    """Check that passwords and faces do not cross a network in clear.

    Args:
        host: a name or address to listen on.
        tls: this server has a certificate.
        behind_proxy: the operator says that a proxy in front of it speaks TLS.

    Raises:
        ConfigError: another address than this machine's own, without either; or no address.
    """
    if tls or behind_proxy or is_loopback(host):
        return
    raise ConfigError(
        f"{host} can be reached from other machines, without TLS",
        expected="a loopback address such as 127.0.0.1, or TLS",
        remedy="give --tls-cert and --tls-key, or --behind-proxy where a proxy on the way speaks "
        "TLS",
    )


def is_loopback(host: str) -> bool:
    """Tell whether every address that a name stands for is of this machine only.

    Raises:
        ConfigError: the name stands for nothing.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ConfigError(
            "there is no such address", expected="a name or address of this machine", found=host
        ) from None
    return all(ipaddress.ip_address(entry[4][0]).is_loopback for entry in found)
