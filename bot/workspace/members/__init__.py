"""What members do in the workspace, and the payloads that tell the bot of it."""
