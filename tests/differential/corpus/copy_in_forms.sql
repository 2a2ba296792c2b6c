-- differential: both output stdin gz xz zst
CREATE TABLE t (n int, v text);
COPY t FROM STDIN;
1	one
2	\N
3	tab\tnew\nback\\slash \x41\101 \q
\.
copy t (v, n) from stdin with (format csv, header);
v,n
"a ""quoted"" one",4
"two
lines",5
"a
\.b",6
\.
COPY t (n) FROM stdin (FORMAT text, NULL 'nil');
7
nil
\.
COPY "t" FROM STDIN WITH DELIMITER ',' CSV QUOTE '''';
8,'eight, 8'
\.
COPY t FROM stdin WHERE n > 9;
9	nine
10	ten
\.
/* comment */ COPY /* between */ t -- at the end
FROM
stdin
;
11	eleven
\.
COPY t FROM stdin; SELECT 'on the same line' AS v;
12	twelve
\.
SELECT n, v FROM t ORDER BY 1, 2;
