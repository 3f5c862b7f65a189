"""The Grafana dashboard, from code: see :mod:`deploy.grafana.dashboard`."""
