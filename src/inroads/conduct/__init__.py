"""How firms respond: stakes, pricing, bargaining, networks of deals. Arrays only."""
