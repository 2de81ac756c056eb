"""Demand, bargaining weights and costs from shares, prices and margins."""
