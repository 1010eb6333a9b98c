"""What stands between Bolt and the handlers: calls, commands, the Web API client, files."""
