CREATE TABLE of_bom (v text);
INSERT INTO of_bom VALUES ('﻿inside');
SELECT v, length(v) FROM of_bom;
