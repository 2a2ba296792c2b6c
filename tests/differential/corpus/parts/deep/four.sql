INSERT INTO included VALUES (4);
\echo four
