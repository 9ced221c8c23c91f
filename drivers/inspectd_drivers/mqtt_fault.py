"""Why there is no connection to the broker: told apart, so that each has its own remedy."""

import socket
import ssl
from enum import StrEnum

from inspectd.core.errors import PublishError

# X509_V_ERR_*, openssl-verification-options(1ssl); Python gives only the number.
_EXPIRED = {9, 10}
_WRONG_NAME = {62, 63, 64}
# CONNACK return codes of MQTT 3.1.1, table 3.1, as paho words them.
_NOT_AUTHORISED = ("not authori", "bad user name", "bad username")


class BrokerFault(StrEnum):
    """What is wrong; the stable names are those of the alarm and of the metrics."""

    NONE = "none"
    NAME_NOT_RESOLVED = "name_not_resolved"
    UNREACHABLE = "unreachable"
    NO_BROKER = "no_broker"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_WRONG_NAME = "certificate_wrong_name"
    CLIENT_CERTIFICATE_REFUSED = "client_certificate_refused"
    TLS_FAILED = "tls_failed"
    NOT_AUTHORISED = "not_authorised"
    REFUSED = "refused"
    LOST = "lost"


_REMEDIES = {
    BrokerFault.NAME_NOT_RESOLVED: "look at mqtt.host and at this host's name service",
    BrokerFault.UNREACHABLE: "look at the network, at mqtt.host and mqtt.port, and whether it runs",
    BrokerFault.NO_BROKER: "look at mqtt.port; a port that speaks TLS needs mqtt.ca_file",
    BrokerFault.CERTIFICATE_EXPIRED: "renew the broker's certificate, or set this host's clock",
    BrokerFault.CERTIFICATE_UNTRUSTED: "mqtt.ca_file must hold the CA of the broker's certificate",
    BrokerFault.CERTIFICATE_WRONG_NAME: "mqtt.host must be a name that its certificate is for",
    BrokerFault.CLIENT_CERTIFICATE_REFUSED: "look at mqtt.cert_file: missing, expired, or of a CA "
    "that the broker does not trust",
    BrokerFault.TLS_FAILED: "look at the broker's TLS settings (1.2 or newer is needed)",
    BrokerFault.NOT_AUTHORISED: "look at mqtt.user and mqtt.password_file, and at the broker's log",
    BrokerFault.REFUSED: "look at the broker's log",
    BrokerFault.LOST: "look at the broker's log and at the network",
}


class BrokerError(PublishError):
    """No connection to a broker. `fault` says why, for programs."""

    def __init__(self, fault: BrokerFault, broker: str, what: str) -> None:
        self.fault = fault
        super().__init__(f"broker {broker}: {what}: {_REMEDIES[fault]}")


def unreachable(broker: str, error: OSError | ValueError) -> BrokerError:
    """What a failed connect means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokerError(_of_certificate(error), broker, f"its certificate: {_said(error)}")
    if isinstance(error, ssl.SSLError):
        return BrokerError(BrokerFault.TLS_FAILED, broker, f"no TLS: {error.reason or error}")
    if isinstance(error, socket.gaierror):
        return BrokerError(
            BrokerFault.NAME_NOT_RESOLVED, broker, f"its name is not known ({error.strerror})"
        )
    return BrokerError(BrokerFault.UNREACHABLE, broker, f"cannot be reached ({error})")


def refused(broker: str, reason: str) -> BrokerError:
    """What a CONNACK that is no yes means."""
    denied = any(word in reason.lower() for word in _NOT_AUTHORISED)
    fault = BrokerFault.NOT_AUTHORISED if denied else BrokerFault.REFUSED
    return BrokerError(fault, broker, f"it refuses: {reason}")


def lost(broker: str, reason: str, *, accepted: bool, tls_alert: str) -> BrokerError:
    """What the end of a connection means; `tls_alert`: what the broker's TLS said at its end."""
    if tls_alert and not accepted:
        # With TLS 1.3 a server judges the client's certificate after the client's handshake.
        return BrokerError(
            BrokerFault.CLIENT_CERTIFICATE_REFUSED,
            broker,
            f"it refuses our certificate: {tls_alert}",
        )
    if not accepted:
        return BrokerError(BrokerFault.NO_BROKER, broker, f"it hangs up before MQTT: {reason}")
    return BrokerError(BrokerFault.LOST, broker, f"the connection was lost: {reason}")


def _of_certificate(error: ssl.SSLCertVerificationError) -> BrokerFault:
    if error.verify_code in _EXPIRED:
        return BrokerFault.CERTIFICATE_EXPIRED
    if error.verify_code in _WRONG_NAME:
        return BrokerFault.CERTIFICATE_WRONG_NAME
    return BrokerFault.CERTIFICATE_UNTRUSTED


def _said(error: ssl.SSLCertVerificationError) -> str:
    return (error.verify_message or str(error)).rstrip(".")
