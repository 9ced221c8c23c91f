"""Loops over pixels, compiled by numba: one thread, no GIL, cached on disk.

Every array that a kernel gets has its final dtype, C order and writability (see `normalise` and
`texture`), so that each kernel is compiled once per pixel format and never again in mid-production.
"""
