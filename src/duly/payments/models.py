"""What payments keeps on record."""
