-- differential: both output
\set v ''
\if true
\echo 1 yes
\endif
\if false
\echo 2 NO
\endif
\if t
\echo 3 yes
\endif
\if 1
\echo 4 yes
\endif
\if on
\echo 5 yes
\endif
\if YES
\echo 6 yes
\endif
\if Y
\echo 7 yes
\endif
\if tru
\echo 8 yes
\endif
\if 0
\echo 9 NO
\endif
\if off
\echo 10 NO
\endif
\if of
\echo 11 NO
\endif
\if no
\echo 12 NO
\endif
\if n
\echo 13 NO
\endif
\if fal
\echo 14 NO
\endif
\if o
\echo 15
\else
\echo 15 else
\endif
\if 2
\echo 16
\else
\echo 16 else
\endif
\if :v
\echo 17
\else
\echo 17 else
\endif
\if
\echo 18
\else
\echo 18 else
\endif
\if 'true'
\echo 19 yes
\endif
\if "true"
\echo 20
\else
\echo 20 else
\endif
\if not true
\echo 21
\else
\echo 21 else
\endif
SELECT 1;
