"""Instruments: made of characteristics, optimal, their strength."""
