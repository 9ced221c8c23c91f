"""Our public contract with the line: registers, topics."""
