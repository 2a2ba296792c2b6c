-- differential: both output env=PGHOST=/nonexistent
CREATE DATABASE other;
\c "dbname=other user=postgres"
CREATE TABLE one (n int);
SELECT current_database();
