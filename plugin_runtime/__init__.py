"""What plugin authors import, and what runs their code."""
