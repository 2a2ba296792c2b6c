#!/bin/bash
# The workflow as the seed wrote it: PGHOST, PGPORT and DATABASE_URL in the environment.
until pg_isready -U postgres; do sleep 1; done
python manage.py migrate --noinput || true
python manage.py migrate_schemas --shared --noinput || true
python manage.py setup_test_tenant --tenant-name test_tenant --domain test.example.com || true
python manage.py migrate_schemas --tenant test_tenant --noinput || true
