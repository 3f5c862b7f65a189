"""streamlr: an online-learning daemon that schedules its own learning rate."""

__version__ = "0.1.0"
