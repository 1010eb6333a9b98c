"""Containers of every kind that other tools make, and whether what we say of them is true.

``python -m tests.verdicts`` makes all of them, asks ``openssl`` and ``keytool`` too, and prints the table.
"""
