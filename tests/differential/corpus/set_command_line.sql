-- differential: output set=greeting=hello set=number=41 set=empty=
SELECT :'greeting', :number + 1;
\echo :greeting :number :empty |
CREATE TABLE :"greeting" (n int DEFAULT :number);
