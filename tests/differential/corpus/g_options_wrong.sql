-- differential: continue output
SELECT 1 AS a \g (format=nonsense) \echo not said
, 2 AS b;
SELECT 3 AS a \g (format=csv
, 4 AS b \gx (nothing=at_all) g_options_wrong.out
, 5 AS c
;
SELECT 6 AS a \g (footer=perhaps)
\r
SELECT 7 AS a \g (footer=off null=-)
\if false
SELECT 8 AS a \g (format=nonsense)
\endif
\g (border=2 nothing)
\g (border=2)
