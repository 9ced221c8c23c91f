"""The bench: a whole line, faults on purpose, and what must still be true."""
