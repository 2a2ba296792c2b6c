-- differential: output
CREATE ROLE secure LOGIN PASSWORD 'p@ss/w#rd';
\c postgresql://secure:p%40ss%2Fw%23rd@127.0.0.1::PORT/subject
SELECT current_user;
\c - postgres
SELECT current_user;
