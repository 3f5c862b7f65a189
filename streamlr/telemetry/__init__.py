"""Telemetry: one function an event, which logs and counts it; metrics for Prometheus."""
