"""Modbus/TCP Security: who a client proves to be, and the role that its certificate carries.

MODBUS/TCP Security Protocol Specification MB-TCP-Security-v36 (2021-07-30): TLS 1.2 or later with
certificates of both sides; the role in the extension 1.3.6.1.4.1.50316.802.1, an ASN.1 UTF8String
(R-21, R-22); what a role may not do gets exception 01. Port 802 is its own.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from inspectd.core.errors import ConfigurationError

ROLE_OID = "1.3.6.1.4.1.50316.802.1"
HANDSHAKE_TIMEOUT_S = 10.0

_UTF8_STRING = 0x0C
_LONGEST_SHORT_FORM = 127
_HEADER_BYTES = 2


@dataclass(frozen=True, slots=True)
class ModbusTls:
    """`writer_role`: the role that a client must have to write; empty: none is asked for."""

    context: ssl.SSLContext
    writer_role: str = ""


def make_tls(certificate: Path, key: Path, ca: Path, writer_role: str) -> ModbusTls:
    """A server that shows `certificate` and takes clients that `ca` vouches for.

    Raises ConfigurationError where a file cannot be read or does not belong to the others.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(ca)
    except (OSError, ssl.SSLError) as error:
        msg = f"[plc.tls] ca_file {ca}: {_what(error)}: give the PEM file of the plant's CA"
        raise ConfigurationError(msg) from error
    try:
        # A key with a passphrase would have OpenSSL ask at a terminal that nobody watches.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        msg = (
            f"[plc.tls] certificate_file {certificate}, key_file {key}: {_what(error)}: "
            "give a PEM certificate and its key, without a passphrase"
        )
        raise ConfigurationError(msg) from error
    return ModbusTls(context, writer_role)


def role_of(certificate: bytes) -> str:
    """The role that a certificate (DER) carries; empty where it carries none, or no valid one."""
    # 15 MB that a server without TLS has no use for.
    from cryptography import x509  # noqa: PLC0415

    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        value = extensions.get_extension_for_oid(x509.ObjectIdentifier(ROLE_OID)).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ""
    assert isinstance(value, x509.UnrecognizedExtension)
    return _utf8_string(value.value)


def why_refused(error: BaseException) -> str:
    """One sentence on a TLS handshake that failed, as the reader of the log needs it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        return f"no TLS connection: {reason}"
    if isinstance(error, TimeoutError):
        return f"no TLS connection within {HANDSHAKE_TIMEOUT_S:g} s"
    return "it left before the TLS connection was made"


def _utf8_string(der: bytes) -> str:
    """The text of a DER UTF8String of the short form."""
    if len(der) < _HEADER_BYTES or der[0] != _UTF8_STRING or der[1] > _LONGEST_SHORT_FORM:
        return ""
    text = der[_HEADER_BYTES:]
    if len(text) != der[1]:
        return ""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return ""


def _what(error: OSError) -> str:
    return error.strerror or str(error)
