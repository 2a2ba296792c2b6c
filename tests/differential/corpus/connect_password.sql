-- differential: both output
CREATE ROLE secure LOGIN PASSWORD 's3cret';
CREATE ROLE secure2 LOGIN PASSWORD 'another';
GRANT CREATE ON SCHEMA public TO secure;
\c - secure
CREATE TABLE of_secure (n int);
SELECT current_user;
\c - secure2
CREATE TABLE never (n int);
