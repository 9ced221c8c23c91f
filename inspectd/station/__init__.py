"""The process of one camera: acquisition, vision, results."""
