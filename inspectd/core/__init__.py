"""Values and rules of inspection. Pure: no clock, file, socket, thread or logger."""
