"""A whole line in simulated time: the service's own rooms, with played cameras and PLCs around.

Line, part assembly, verdicts, PLC link, register bank and journal are the real ones; only clocks,
cameras and PLCs are played, and no socket is opened.
"""
