CREATE TABLE before_error (n int);
SELECT 1/0;
CREATE TABLE after_error (n int);
\i nowhere.sql
CREATE TABLE after_missing (n int);
