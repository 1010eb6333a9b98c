"""Commands that run beside an app: they need the desk's address and a token, and no database."""
