"""The part of Slack's Web API that the practice workspace offers: a module for each family of methods."""
