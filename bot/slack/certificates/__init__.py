"""Certificates that are stored: overview, list, details, versions, cards."""
