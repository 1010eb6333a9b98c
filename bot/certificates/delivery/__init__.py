"""The bundle of an environment, in the form that its app's runtime reads."""
