"""Estimation from blocks of markets that stay where they are: theta goes out, sums come back."""
