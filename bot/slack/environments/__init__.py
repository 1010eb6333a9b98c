"""Environments, their settings and change freezes."""
