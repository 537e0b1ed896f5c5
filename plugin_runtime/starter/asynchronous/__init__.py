"""What `topology plugin new --async` writes: a plugin that listens, and its test."""
