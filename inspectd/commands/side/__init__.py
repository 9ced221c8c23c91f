"""`inspectd side ...`: other picture domains on the same host."""
