-- differential: both output
\if true \echo yes \\ SELECT 1 AS one; \else \echo NO \endif
SELECT 'a' \if false , 'b' \else , 'c' \endif AS v;
\if false
  \if true \echo NO
  \else \echo NO \endif
  \endif
\elif true
\echo what is left
\endif
CREATE TABLE t (n int);
