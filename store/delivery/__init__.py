"""What leaves the desk: deliverable certificates, the instances that load them, and links to private pages."""
