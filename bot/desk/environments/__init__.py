"""Environments: their channel, settings and change freezes."""
