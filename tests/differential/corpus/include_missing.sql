-- differential: both
CREATE TABLE a (n int);
\i nowhere.sql
CREATE TABLE b (n int);
\ir parts/nowhere.sql
CREATE TABLE c (n int);
\i
CREATE TABLE d (n int);
\i parts
CREATE TABLE e (n int);
