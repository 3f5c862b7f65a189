"""What the benchmarks share: finding them, running processes, Kafka, statistics, the report."""
