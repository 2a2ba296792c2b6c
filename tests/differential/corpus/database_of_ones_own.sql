CREATE TABLE lost (n int);
CREATE DATABASE other;
\c other
DROP DATABASE subject;
CREATE DATABASE subject;
\c subject
CREATE TABLE kept (n int);
