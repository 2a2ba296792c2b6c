-- differential: output
\set here x
\if :{?here}
\echo here
\else
\echo not here
\endif
\if :{?nowhere}
\echo there
\else
\echo not there
\endif
\echo :{?here} :{?nowhere}
SELECT :{?here} AS here, :{?nowhere} AS nowhere;
\if :{?POSTGRES}
\elif :{?here}
\echo elif
\endif
\set again :{?here}
\echo :again
