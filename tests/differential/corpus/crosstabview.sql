-- differential: both output
CREATE TABLE sales (who text, quarter text, amount int);
INSERT INTO sales VALUES ('ann','q1',1),('ann','q2',2),('bob','q1',3),('bob','q3',4);
SELECT who, quarter, amount FROM sales ORDER BY 1, 2 \crosstabview
SELECT quarter, who, amount, 1 AS s FROM sales ORDER BY 1 \crosstabview who quarter amount
SELECT 1 \crosstabview
SELECT who, who, amount FROM sales \crosstabview
SELECT count(*) FROM sales;
