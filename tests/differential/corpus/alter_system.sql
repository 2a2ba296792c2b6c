-- differential: both
ALTER SYSTEM SET work_mem = '9MB';
ALTER SYSTEM SET nonsense = 1;
ALTER SYSTEM RESET work_mem;
ALTER SYSTEM SET maintenance_work_mem = '33MB';
BEGIN;
ALTER SYSTEM SET work_mem = '1MB';
COMMIT;
