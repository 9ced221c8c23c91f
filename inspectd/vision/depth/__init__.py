"""Relief: from directed lights or a depth picture to dents with diameter, depth and volume."""
