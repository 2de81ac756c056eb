"""What was observed: tables read and checked, facts with their sources, formulas."""
