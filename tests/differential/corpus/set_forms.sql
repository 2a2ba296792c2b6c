-- differential: output
\set a 1
\set b 'two words'
\set c one two   three
\set d 'it''s' "dq" x
\set e 'tab\tnew\nline\\ \x41 \101 \q'
\set f
\set g :a:b
\set h :'b'
\set i :"b"
\set j a'b c'd
\echo :a | :b | :c | :d | :e | :f | :g | :h | :i | :j |
SELECT :'a', :'b', :'c', :'d', :'e', :'f', :'g', :'h', :'i', :'j';
