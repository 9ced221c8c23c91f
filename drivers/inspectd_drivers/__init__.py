"""Cameras and transports. Imports `inspectd.core` and nothing else of inspectd."""
