"""Delivery: tokens of apps, and messages about their instances."""
