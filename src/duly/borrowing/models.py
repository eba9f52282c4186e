"""What borrowing keeps on record."""
