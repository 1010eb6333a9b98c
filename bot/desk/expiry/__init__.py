"""Expiry: thresholds, warnings and the weekly list."""
