DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meats_app') THEN
        CREATE ROLE meats_app LOGIN PASSWORD 'meats_app';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meats_readonly') THEN
        CREATE ROLE meats_readonly NOLOGIN;
    END IF;
END
$$;
GRANT meats_readonly TO meats_app;
