\pset pager off
\pset columns 80
\pset numericlocale off
\pset unicode_border_linestyle single
\pset csv_fieldsep ';'
\pset tableattr x
\pset title
\x auto
\timing off
\encoding UTF8
\set QUIET on
\set VERBOSITY verbose
\set SHOW_CONTEXT always
\set ECHO none
\set PROMPT1 '%/%R%# '
\set HISTFILE nowhere
\set COMP_KEYWORD_CASE upper
CREATE TABLE t (n int);
