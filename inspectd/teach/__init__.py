"""Learns from good parts what a station's parts look like: values in, a reference out."""
