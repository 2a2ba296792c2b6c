-- differential: output stdin gz
\set tab 'odd "name'
\set val 'it''s a \\ backslash'
\set num 42
CREATE TABLE :"tab" (v text, n int);
INSERT INTO :"tab" VALUES (:'val', :num), ('plain :num :val', -:num), (:'num', :num::int);
SELECT * FROM :"tab" WHERE n=:num OR v = :'num';
SELECT :'val'::text, ':num', ":num" FROM (SELECT 1 AS ":num") s;
