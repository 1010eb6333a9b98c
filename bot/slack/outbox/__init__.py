"""Sending what the outbox holds: rendering, posting, finding again, pacing."""
