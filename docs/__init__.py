"""The pages of the documentation, and the two programs that keep them true: ``docs.tables`` and ``docs.examples``."""
