-- differential: both output
CREATE TABLE before (n int);
\c nowhere
CREATE TABLE never (n int);
INSERT INTO before VALUES (1);
\echo after
\c subject
CREATE TABLE afterwards (n int);
