"""HTTP: what Prometheus, orchestrators and people ask of a running daemon."""
