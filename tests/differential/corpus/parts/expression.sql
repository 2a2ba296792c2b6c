2 AS b
