-- No transaction can hold this one: it is recorded before and after.
CREATE INDEX CONCURRENTLY parcel_by_carrier ON parcels.parcel (carrier, sent);
