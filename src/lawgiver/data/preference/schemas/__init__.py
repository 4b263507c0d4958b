"""The layouts in which preference data are published, one a file; the registry knows them all."""
