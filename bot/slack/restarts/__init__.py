"""Restart reminders, restarts that Certdesk performs, connections and tokens."""
