"""How many rows one query may name: both databases limit the number of parameters of a query."""

ROWS_PER_QUERY = 1000
ROWS_PER_BULK_UPDATE = 100  # bulk_update names every row once for each column in one statement
