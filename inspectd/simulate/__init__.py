"""Rendered parts with known defects, a PLC, a conveyor."""
