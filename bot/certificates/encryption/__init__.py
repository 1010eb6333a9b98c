"""Key derivation, ciphers and passwords of encrypted containers and keys."""
