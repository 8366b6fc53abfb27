"""What a bundle runs: the only code of nbforge that is copied into a service."""
