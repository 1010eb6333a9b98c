"""Pending restarts and their reminders; restarts that Certdesk performs, connections and tokens."""
