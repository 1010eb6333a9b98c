"""Certificates that are stored: listing, versions, export."""
