"""A market with its labels: who offers what to whom, how prices come about, what can be changed."""
