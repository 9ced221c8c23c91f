"""The process that owns the line: children, parts, deadlines, publication."""
