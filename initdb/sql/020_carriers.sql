-- Reference data as pg_dump writes it. Repeatable: rows that are there are brought up to date.
CREATE TABLE IF NOT EXISTS parcels.carrier (
    code text PRIMARY KEY,
    name citext NOT NULL UNIQUE,
    homepage text
);

CREATE TEMPORARY TABLE incoming (LIKE parcels.carrier) ON COMMIT DROP;

COPY incoming (code, name, homepage) FROM stdin;
corvus	Corvus Express	https://corvus.example/
gull	Gull & Sons	\N
heron	Heron Freight	https://heron.example/track?id=
swift	Swift; the fast ones	\N
\.

INSERT INTO parcels.carrier SELECT * FROM incoming
ON CONFLICT (code) DO UPDATE SET name = excluded.name, homepage = excluded.homepage;
