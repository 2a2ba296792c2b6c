-- differential: both output
CREATE TABLE t (n int);
COPY t FROM '/nonexistent/file';
COPY t TO '/nonexistent/file';
COPY t FROM PROGRAM 'echo 7';
COPY t TO PROGRAM 'cat > /dev/null';
SELECT n FROM t;
