"""Secrets at rest: the key ring, AWS KMS, and the sealed byte layout."""
