-- differential: both output
\i parts/restricts.sql
\echo after
CREATE TABLE afterwards (n int);
\unrestrict fromPart
\echo free
