-- differential: both output
CREATE TABLE t (n int, v text);
\copy t from program 'printf "1\tone\n2\ttwo\n"'
\copy t to program 'cat > program.out'
\copy (select count(*) from t) to program 'tr 2 9 > counted.out'
\copy t from program 'exit 3'
\copy t from program 'printf "3\tthree\n"; exit 1'
\copy t to program 'cat > /dev/null; exit 1'
SELECT * FROM t ORDER BY 1;
