"""Deposits: from an uploaded file to a stored version."""
