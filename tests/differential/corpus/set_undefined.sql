-- differential: both output
SELECT ':nothing' AS v;
SELECT 1 AS one WHERE ':nothing' <> '';
SELECT :nothing;
SELECT :'nothing';
SELECT :"nothing";
SELECT 2;
