-- differential: both output
SET default_transaction_read_only = on;
CREATE TABLE a (n int);
SET default_transaction_read_only = off;
CREATE TABLE b (n int);
SET search_path TO pg_catalog;
CREATE TABLE c (n int);
SET statement_timeout = '50ms';
SELECT pg_sleep(5);
SET statement_timeout = 0;
RESET ALL;
CREATE SCHEMA s;
SET search_path TO s, public;
CREATE TABLE d (n int);
SET SESSION AUTHORIZATION postgres;
DISCARD ALL;
CREATE TABLE e (n int);
SHOW search_path;
