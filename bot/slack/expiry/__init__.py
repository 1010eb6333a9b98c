"""Expiry warnings and the weekly list."""
