"""What several calls say together: who changed what, what stands, what is still open."""
