CREATE TABLE in_part (n int);
COMMIT;
BEGIN;
