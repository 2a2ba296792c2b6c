-- differential: both output
CREATE	TABLEt(n int);
SELECT 1;
SELECT 2;
