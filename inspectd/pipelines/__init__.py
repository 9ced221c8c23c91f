"""Other picture domains on the same host: in the line's shadow, never in its way."""
