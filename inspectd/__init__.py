"""Unattended industrial inspection: from the camera's trigger to the PLC's reject gate."""

__version__ = "0.1.0"
