-- differential: output
CREATE TABLE "Odd Name" ("a b" int, "select" text, g int GENERATED ALWAYS AS ("a b" * 2) STORED);
COPY public."Odd Name" ("a b", "select") FROM stdin;
1	one
\.
TABLE "Odd Name";
