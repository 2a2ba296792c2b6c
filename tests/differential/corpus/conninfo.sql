\conninfo
SELECT 1;
