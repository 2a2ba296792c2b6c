-- differential: output stdin gz
\if true
  \if false
    \echo NO
    CREATE TABLE never (n int);
  \elif true
    \if true
      CREATE TABLE deep (n int);
    \else
      DROP TABLE nothing;
    \endif
  \elif true
    CREATE TABLE never (n int);
  \else
    CREATE TABLE never (n int);
  \endif
\else
  \if true
    CREATE TABLE never (n int);
  \endif
\endif
\if false
  \if true
  \echo NO
  \else
  \echo NO
  \endif
\elif false
  SELECT 1/0;
\else
  SELECT 'else' AS branch;
\endif
