"""The pages: for each a frozen context that a template of the same name renders."""
