"""The side host's page and REST interface."""
