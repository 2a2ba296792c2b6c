-- differential: both output
\restrict
\restrict a b
\restrict key-with-dash
SELECT 1 AS one;
\unrestrict x
\restrict again
\restrict twice
SELECT 2 AS two;
\unrestrict again
\unrestrict again
SELECT 3 AS three;
