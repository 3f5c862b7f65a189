"""What people write by hand today: opponents, each as good as its author would make it."""
