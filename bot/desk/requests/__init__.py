"""Changes of protected environments: asked for by one person, decided by another."""
