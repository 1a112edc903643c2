"""The formulas: numbers in, numbers out; nothing here knows Django, a table or a clock."""
