-- Stands for a long one: killed here, nothing of it stays, and the next run starts with it.
UPDATE parcels.parcel SET tracking = parcels.tracking_number(carrier, id) WHERE tracking IS NULL;

SELECT pg_sleep(3);

ALTER TABLE parcels.parcel ALTER COLUMN tracking SET NOT NULL;
