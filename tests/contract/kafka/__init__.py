"""One contract, two clients: every promise of the Kafka source and sink on a real broker."""
