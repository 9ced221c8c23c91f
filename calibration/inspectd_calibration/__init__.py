"""From pictures of targets to a station's calibration, and from studies to trust in it."""
