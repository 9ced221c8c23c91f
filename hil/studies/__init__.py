"""Accuracy studies: what the calibration code is worth where the truth is known."""
