"""A whole line on one machine: the real service, and the world around it played."""
