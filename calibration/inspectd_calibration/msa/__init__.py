"""Measurement systems analysis: how much of what is measured is the measuring itself.

AIAG, Measurement Systems Analysis reference manual, 4th edition (2010), unless said otherwise.
"""
