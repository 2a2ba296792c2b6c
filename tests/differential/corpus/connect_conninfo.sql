-- differential: output
CREATE DATABASE other;
CREATE ROLE reader LOGIN;
\c "dbname=other user=postgres"
CREATE TABLE one (n int);
\c 'dbname=subject user=reader'
SELECT current_database(), current_user;
\c "dbname='subject' user=postgres application_name='a b'"
SELECT current_database(), current_user, current_setting('application_name');
