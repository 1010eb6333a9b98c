"""Members' actions in the workspace, and the payloads that the bot gets for them."""
