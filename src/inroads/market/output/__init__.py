"""What is taken away of a solved market: charts, workbooks."""
