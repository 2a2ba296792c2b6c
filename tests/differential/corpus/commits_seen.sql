-- differential: both output
CREATE TABLE t (n int);
SELECT slot_name FROM pg_create_logical_replication_slot('seen', 'test_decoding');
INSERT INTO t VALUES (1);
INSERT INTO t VALUES (2);
INSERT INTO t VALUES (3);
SELECT data FROM pg_logical_slot_get_changes('seen', NULL, NULL, 'include-xids', '0');
INSERT INTO t VALUES (4);
INSERT INTO t VALUES (5);
SHOW synchronous_commit;
INSERT INTO t VALUES (6);
INSERT INTO t VALUES (7);
SELECT pg_drop_replication_slot('seen');
SET synchronous_commit = local;
INSERT INTO t VALUES (8);
INSERT INTO t VALUES (9);
SELECT current_setting('synchronous_commit');
RESET synchronous_commit;
SHOW synchronous_commit;
