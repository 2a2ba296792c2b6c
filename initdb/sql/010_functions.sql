-- A body in $$: its semicolons end no statement.
CREATE OR REPLACE FUNCTION parcels.tracking_number(carrier text, number bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    digits text := lpad(number::text, 10, '0');
    total int := 0;
BEGIN
    FOR i IN 1..length(digits) LOOP
        total := total + substr(digits, i, 1)::int * (CASE WHEN i % 2 = 1 THEN 3 ELSE 1 END);
    END LOOP;
    RETURN upper(left(carrier, 3)) || digits || ((10 - total % 10) % 10)::text;
END;
$$;
