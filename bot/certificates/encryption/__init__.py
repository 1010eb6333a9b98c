"""Password-based encryption of containers and keys: ASN.1, key derivation, ciphers, password encodings."""
