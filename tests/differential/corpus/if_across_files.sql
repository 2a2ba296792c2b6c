-- differential: both output
\if true
\i parts/open_if.sql
CREATE TABLE after_open_if (n int);
\endif
\if true
\i parts/endif.sql
\else
CREATE TABLE never (n int);
\endif
SELECT 1;
