"""The demo: the bot on SQLite with the practice workspace, and its sample files."""
