"""Certificates and keys that came inside something else: encoded as text, within a document, in an archive."""
