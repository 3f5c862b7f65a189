"""Labels: how the label of a record is found and turned into a class index."""
