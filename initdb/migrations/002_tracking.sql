ALTER TABLE parcels.parcel ADD COLUMN tracking text;

CREATE FUNCTION parcels.set_tracking() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.tracking := coalesce(NEW.tracking, parcels.tracking_number(NEW.carrier, NEW.id));
    RETURN NEW;
END;
$body$;

CREATE TRIGGER set_tracking BEFORE INSERT ON parcels.parcel FOR EACH ROW EXECUTE FUNCTION parcels.set_tracking();
