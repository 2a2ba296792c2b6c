-- differential: output
-- CREATE TABLE never1 (n int);
/* CREATE TABLE never2 (n int); */
/* outer /* inner; */ still; CREATE TABLE never3 (n int); */ CREATE TABLE a (n int);
CREATE /* ; */ TABLE -- ;
b /* 'quote */ (n int -- "quote
); -- end; \echo not run
SELECT 1 -- one
+ /* two */ 2 AS three; /* after */ SELECT 4 AS four;
SELECT 5 /* \echo not run */ AS five;
SELECT 'a -- b' AS v, "relname" -- $$
FROM pg_class WHERE false;
--\echo not run
/**/SELECT 6;/***/SELECT 7;/* * / */
SELECT 8--comment
;
SELECT 9 /* :undefined :'x' */; -- :x
/* unfinished in a line
SELECT 1/0;
*/ SELECT 10;
--
/* only a comment */;
-- at the end
