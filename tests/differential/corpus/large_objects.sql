-- differential: both
\lo_import parts/blob.bin 'a comment'
\echo :LASTOID is an oid
SELECT :LASTOID > 0 AS positive;
\lo_export :LASTOID exported.bin
\set first :LASTOID
\lo_import parts/one.sql
\lo_unlink :first
SELECT count(*) FROM pg_largeobject_metadata;
SELECT lo_create(4711);
\lo_unlink 4711
\lo_unlink 4712
\lo_export 4713 nothing.bin
\lo_import nowhere.bin
\lo_import
SELECT lo_from_bytea(4714, '\x0001feff');
ALTER LARGE OBJECT 4714 OWNER TO postgres;
COMMENT ON LARGE OBJECT 4714 IS 'commented';
GRANT SELECT ON LARGE OBJECT 4714 TO PUBLIC;
\lo_list
