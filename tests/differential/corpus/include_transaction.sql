BEGIN;
\i parts/commits.sql
CREATE TABLE afterwards (n int);
ROLLBACK;
