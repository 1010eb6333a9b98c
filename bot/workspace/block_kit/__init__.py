"""Block Kit: what Slack accepts in blocks, messages and views, and the values of their inputs."""
