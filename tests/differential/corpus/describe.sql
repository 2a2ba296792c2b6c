-- differential: both
CREATE TABLE t (n int PRIMARY KEY, v text DEFAULT 'x');
CREATE VIEW w AS SELECT * FROM t;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
\d
\d t
\d+ t
\dt
\dt+ public.*
\di
\dv
\ds
\dn
\dn+
\df f
\df+
\sf f
\sv w
\du
\dg
\dx
\dT
\dD
\dp
\z t
\ddp
\dl
\lo_list
\l
\l+ subject
\dO
\dC
\db
\dy
\dRp
\dRs
\dS pg_class
\dconfig work_mem
\dE
\dF
\dL
\dm
\da
\do +
\dc
\dd
\des
\drds
\dA
\dX
\dP
\d nowhere
SELECT 1 \d t
;
CREATE TABLE afterwards (n int);
