-- differential: both output
\set A_1 upper
\set a_1 lower
\set ünï 'wide'
\set 1st first
\echo :A_1 :a_1 :ünï :1st
SELECT :'A_1', :'a_1', :'ünï', :'1st';
\set bad-name x
\set 'a b' x
\echo after
