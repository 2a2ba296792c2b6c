-- differential: output
CREATE ROLE reader LOGIN;
GRANT CREATE ON SCHEMA public TO reader;
\c - reader
CREATE TABLE of_reader (n int);
SELECT current_user, session_user;
\echo :USER
\c - postgres
CREATE TABLE of_postgres (n int);
