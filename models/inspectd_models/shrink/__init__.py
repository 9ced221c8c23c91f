"""A trained net is made smaller and faster, step by step, as long as it stays right."""
