-- differential: output
SELECT 1,
  2 -- comment
\p
, 3;
\p
