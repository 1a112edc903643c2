"""Pure formulas: numbers in, numbers out, without Django, tables or a clock."""
