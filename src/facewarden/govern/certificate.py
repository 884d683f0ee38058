"""Deletion certificates: what was deleted, when, signed so that anybody with the key can check.

A certificate is a JSON object. Its signature is Ed25519 (RFC 8032) over the UTF-8 bytes of the
object without the member `signature`, with sorted keys, no spaces, and only ASCII characters.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from facewarden.errors import DataError

FORMAT: Final = "facewarden deletion certificate 1"
LARGEST: Final = 1 << 20
"""Bytes: a certificate of a thousand cameras is far smaller."""


def signed(document: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """Return the document as a certificate, indented JSON."""
    whole = {"format": FORMAT} | dict(document) | {"public_key": _raw(key.public_key())}
    signature = key.sign(_canonical(whole))
    whole["signature"] = base64.b64encode(signature).decode()
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def verify(text: str, key: Ed25519PublicKey) -> Mapping[str, Any]:
    """Return what a certificate says, when it was signed with this key and nobody changed it.

    Raises:
        DataError: it was changed, signed with another key, or is none.
    """
    try:
        whole = json.loads(text, object_pairs_hook=_once) if len(text) <= LARGEST else None
        if not isinstance(whole, dict) or whole.get("format") != FORMAT:
            raise DataError("this is no deletion certificate", expected=f'"format": "{FORMAT}"')
        signature = base64.b64decode(whole.pop("signature"), validate=True)
        plain = _canonical(whole)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError("this is no deletion certificate", found=type(error).__name__) from error
    if whole.get("public_key") != _raw(key):
        raise DataError(
            "the certificate was signed with another key",
            remedy="get the public key of the installation that signed it, from its operator",
        )
    try:
        key.verify(signature, plain)
    except InvalidSignature:
        raise DataError(
            "the certificate is not what was signed", found="changed since, or forged"
        ) from None
    return whole


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Read the public key of an installation.

    Raises:
        DataError: no Ed25519 key in PEM.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise DataError("this is no public key", expected="PEM of an Ed25519 key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise DataError("this is no public key of ours", expected="PEM of an Ed25519 key")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """Write a public key for others."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _raw(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a member that stands twice: readers would disagree about which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DataError("this is no deletion certificate", found="a member that stands twice")
    return found
