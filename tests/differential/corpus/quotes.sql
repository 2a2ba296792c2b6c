-- differential: both output stdin gz
CREATE TABLE t (v text);
INSERT INTO t VALUES ('it''s'), ('a;b'), ('-- not a comment'), ('/* nor this'), ('back\slash\'), (E'it\'s; \\'), (E'tab\t\x41\u00e4'),
  (U&'d\0061t\+000061'), (U&'d!0061' UESCAPE '!'), ($$it's; "$"$$), ($a$ $$ ; $b$ $a$), (N'national'), ('two'
  ' parts'), (B'101'::text), (X'1F'::text), ('multi
line;
\echo not run
');
CREATE TABLE "semi;colon ""quoted"" :x" ("a;b" int, U&"d\0061t" int);
INSERT INTO "semi;colon ""quoted"" :x" VALUES (1, 2);
SELECT * FROM t;
SELECT $1$;
SELECT 1 AS a$b$, 2 AS c$b$;
SELECT $ä$ wide tag $ä$ AS v;
