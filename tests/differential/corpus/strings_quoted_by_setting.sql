-- differential: output
\set v 'a\\b''c'
SELECT :'v';
SET standard_conforming_strings = off;
SELECT :'v';
SET standard_conforming_strings = on;
SELECT :'v' AS v, length(:'v');
