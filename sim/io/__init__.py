"""Reading and writing files: bounded, located, whole or not at all."""
