"""What the commands do that is not running the service."""
