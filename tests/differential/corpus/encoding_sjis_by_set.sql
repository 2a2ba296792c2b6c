-- differential: output
SET client_encoding = 'SJIS';
CREATE TABLE "表" ("ソ" text);
INSERT INTO "表" VALUES ('ソ'); INSERT INTO "表" VALUES ('aソ''b');
-- ソ
SELECT "ソ" FROM "表";
SET client_encoding = 'UTF8';
SELECT count(*) FROM "陦ｨ";
