"""Requests for approval: their messages, buttons and windows."""
