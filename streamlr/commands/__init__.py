"""Commands that tell of streamlr itself, a file each; none of them runs a pipeline."""
