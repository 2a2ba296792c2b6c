COPY t FROM stdin;
1	one
2	\N
3	back\\slash
\.
\echo copied
