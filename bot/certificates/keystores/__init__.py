"""Java keystores: JKS and JCEKS."""
