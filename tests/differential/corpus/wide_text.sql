-- differential: output gz xz zst
CREATE TABLE "größe 漢字" ("спасибо" text);
INSERT INTO "größe 漢字" VALUES ('😀 ; ''…'''), ($ñ$ ; $ñ$);
\set größe 'größe 漢字'
SELECT * FROM :"größe";
\echo größe 漢字 :größe
SELECT 'ä' AS "ü|", '漢' AS b;
