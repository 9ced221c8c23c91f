"""Errors, sorted by what the reader of the message can do about it.

InspectdError
├── ConfigurationError   mend the named file, key or command line
├── PictureError         this picture cannot be judged; the part gets NO-VERDICT
├── DeviceError          look at the camera, its cable or its power; the station tries again
│   ├── DeviceNotFoundError
│   └── DeviceRemovedError
├── ProtocolError        a peer broke the contract (a damaged message, an illegal event)
├── CalibrationError     look at the target, the light, the pictures: they do not do
├── PublishError         a port, the PLC or the broker: look at the network
├── JournalError         look at the disk: space, permissions, the file itself
└── StoreError           the same of the side pipelines' store; the line does not feel it

A message says what is wrong, where, and what to do.
"""


class InspectdError(Exception):
    """Root of every error that inspectd raises on purpose."""


class ConfigurationError(InspectdError):
    """Something a person wrote is wrong: a settings file, a recipe, a command line."""


class PictureError(InspectdError):
    """A picture that cannot be judged."""


class DeviceError(InspectdError):
    """A camera or light does not do what it was told."""


class DeviceNotFoundError(DeviceError):
    """No device answers to the serial or name that the settings give."""


class DeviceRemovedError(DeviceError):
    """The device was there and has gone: unplugged, powered off, or its link dropped."""


class ProtocolError(InspectdError):
    """A message or an event that the contract does not allow here."""


class CalibrationError(InspectdError):
    """Pictures, a target or measurements that no trustworthy number can be made of."""


class PublishError(InspectdError):
    """A verdict cannot reach the outside: a busy port, a refused connection."""


class JournalError(InspectdError):
    """The verdict store cannot be opened, read or written."""


class StoreError(InspectdError):
    """The side pipelines' database, blobs or queue cannot be opened, read or written."""
