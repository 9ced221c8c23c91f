"""The verdict store and its outbox."""
