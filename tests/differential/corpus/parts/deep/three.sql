;INSERT INTO included VALUES (3);
\ir four.sql
\ir ../one.sql
\i parts/deep/four.sql
