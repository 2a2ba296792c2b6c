CREATE TABLE of_bom (n int);
