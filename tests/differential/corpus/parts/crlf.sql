CREATE TABLE crlf (v text);
INSERT INTO crlf VALUES ('a
b');
COPY crlf FROM stdin;
x
y
\.
\echo crlf
