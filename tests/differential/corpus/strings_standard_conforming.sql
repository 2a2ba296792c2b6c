-- differential: both output
CREATE TABLE t (v text);
INSERT INTO t VALUES ('on: a\'); 
SET standard_conforming_strings = off;
SET escape_string_warning = off;
INSERT INTO t VALUES ('off: it\'s; \\ done');
INSERT INTO t VALUES ('off; \
line'); SET standard_conforming_strings TO on; INSERT INTO t VALUES ('on again \');
SET standard_conforming_strings = on;
INSERT INTO t VALUES ('really on \');
SELECT set_config('standard_conforming_strings', 'off', false);
INSERT INTO t VALUES ('by a function \'');
BEGIN;
SET LOCAL standard_conforming_strings = on;
INSERT INTO t VALUES ('local \');
COMMIT;
INSERT INTO t VALUES ('back off \'');
RESET standard_conforming_strings;
INSERT INTO t VALUES ('reset \');
ALTER DATABASE subject SET standard_conforming_strings = off;
\c -
INSERT INTO t VALUES ('by the database \'');
SELECT * FROM t;
