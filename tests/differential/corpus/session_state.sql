-- differential: output
SET work_mem = '7MB';
SELECT set_config('app.tenant', 'x', false);
SET TIME ZONE 'Asia/Tokyo';
SET DateStyle = 'German';
SHOW work_mem;
SHOW app.tenant;
SELECT '2020-01-02'::date AS d, '2020-01-02 03:04:05+00'::timestamptz AS t;
SET bytea_output = 'escape';
SELECT '\x00ff41'::bytea;
SET extra_float_digits = 0;
SELECT 0.1::float8 + 0.2::float8;
SET IntervalStyle = 'iso_8601';
SELECT '1 day 2 hours'::interval;
RESET ALL;
SHOW work_mem;
SELECT pg_advisory_lock(1);
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
