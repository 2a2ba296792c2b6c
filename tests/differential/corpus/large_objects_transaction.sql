-- differential: output
BEGIN;
\lo_import parts/blob.bin
ROLLBACK;
SELECT count(*) FROM pg_largeobject_metadata;
BEGIN;
\lo_import parts/blob.bin
SELECT lo_put(:LASTOID, 0, '\xffff');
COMMIT;
SELECT count(*) FROM pg_largeobject_metadata;
