-- differential: continue
\errverbose
SELECT 1/0;
\errverbose
SELECT 1;
\errverbose
CREATE TABLE t (n int);
