-- differential: both
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE space LOCATION '';
CREATE TABLE t (n int) TABLESPACE space;
ALTER TABLESPACE space SET (random_page_cost = 2);
CREATE TABLESPACE space LOCATION '';
DROP TABLESPACE space;
