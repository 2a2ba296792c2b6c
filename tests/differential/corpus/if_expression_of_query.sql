-- differential: output
SELECT current_setting('server_version_num')::int >= 120000 AS new, 3 > 4 AS less \gset
\if :new
CREATE TABLE new (n int);
\elif :less
CREATE TABLE less (n int);
\endif
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nobody') AS exists \gset
\if :exists \echo exists
\else
\echo missing
\endif
