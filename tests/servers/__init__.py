"""Real servers for the tests: an Apache Kafka broker and a Prometheus server."""
