DROP TABLE IF EXISTS parcels.summary;
CREATE TABLE parcels.summary AS
SELECT c.name AS carrier, count(p.id) AS parcels, min(p.tracking) AS first, max(p.sent) AS latest
FROM parcels.carrier c LEFT JOIN parcels.parcel p ON p.carrier = c.code
GROUP BY c.name;
