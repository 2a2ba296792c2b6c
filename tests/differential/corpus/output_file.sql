-- differential: both output stdin
SELECT 'to stdout' AS v;
\o out.txt
SELECT 'to the file' AS v;
\echo echo to stdout
\qecho qecho to the file
CREATE TABLE t (n int);
COPY (SELECT 'copied') TO STDOUT;
\copy (select 'meta') to stdout
SELECT 1 AS one \g other.txt
SELECT 'file again' AS v;
\o
SELECT 'stdout again' AS v;
\qecho qecho to stdout
\out 'with space.txt'
SELECT 2 AS two;
\o out.txt
SELECT 'truncated' AS v;
\o /nonexistent/folder/x
SELECT 'where' AS v;
