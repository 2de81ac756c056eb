"""The posterior of past launches: figures of one launch, and a grid over their population."""
