"""What if products were other than they are: an estimate's formulas, kept beside its demand."""
