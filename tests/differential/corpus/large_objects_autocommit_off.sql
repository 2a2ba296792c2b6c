-- differential: continue output
\set AUTOCOMMIT off
\set QUIET on
\lo_import parts/blob.bin
ROLLBACK;
SELECT count(*) FROM pg_largeobject_metadata;
COMMIT;
SELECT lo_create(4711);
COMMIT;
\lo_unlink 4711
ROLLBACK;
SELECT count(*) FROM pg_largeobject_metadata;
COMMIT;
\lo_unlink 4712
SELECT 'in a failed transaction';
\lo_unlink 4711
\lo_export 4711 large_objects_autocommit_off.out
ROLLBACK;
\lo_import parts/nowhere.bin
SELECT count(*) FROM pg_largeobject_metadata;
COMMIT;
\set AUTOCOMMIT on
\lo_unlink 4712
\set ECHO_HIDDEN on
\lo_unlink 4711
\lo_import parts/blob.bin 'a comment'
\set ECHO_HIDDEN noexec
\lo_import parts/blob.bin
SELECT count(*) FROM pg_largeobject_metadata;
