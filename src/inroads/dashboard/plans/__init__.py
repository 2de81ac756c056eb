"""What a firm may do, tried by hand beside what its plan recommends."""
