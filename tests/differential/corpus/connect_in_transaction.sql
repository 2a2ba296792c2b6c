-- differential: output
BEGIN;
CREATE TABLE lost (n int);
\c -
CREATE TABLE kept (n int);
SET search_path TO nowhere;
CREATE TEMP TABLE t (n int);
\c subject
SHOW search_path;
SELECT to_regclass('t') IS NULL AS gone;
