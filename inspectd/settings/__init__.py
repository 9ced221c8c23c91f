"""Settings: one file per section, no I/O."""
