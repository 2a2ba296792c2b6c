PGDMP
CREATE TABLE never (n int);
