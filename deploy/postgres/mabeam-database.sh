#!/bin/sh
# Runs once, when the data volume is empty: mabeam's own database, under a role that sees nothing of Temporal's.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v password="$MABEAM_DB_PASSWORD" <<'SQL'
CREATE ROLE mabeam LOGIN PASSWORD :'password';
CREATE DATABASE mabeam OWNER mabeam;
REVOKE ALL ON DATABASE mabeam FROM PUBLIC;
SQL
