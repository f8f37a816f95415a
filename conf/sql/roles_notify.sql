-- Tells the nodes at once that roles have changed: without it they notice when a gate's `cacheTtl` is over.
--
-- Run it once, then attach it to the table that a gate names (`requireRole: { table: "user_roles", idColumn: "user_id", ... }`):
--
--   SELECT portico_notify_roles('user_roles', 'user_id');
--
-- and detach it with SELECT portico_notify_roles('user_roles', NULL). For a view, attach it to the tables beneath. What is notified
-- is the user's id, once per changed row and at commit, so the node's next look-up sees what was committed. A statement that changes
-- more than a thousand rows, or an id too long for a notification, is one notification for everyone (an empty payload).

CREATE OR REPLACE FUNCTION portico_roles_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id_column text := TG_ARGV[0];
  sources text[] := CASE TG_OP
    WHEN 'INSERT' THEN ARRAY['after_rows'] WHEN 'DELETE' THEN ARRAY['before_rows']
    WHEN 'UPDATE' THEN ARRAY['before_rows', 'after_rows'] ELSE ARRAY[]::text[] END;
  ids text[] := ARRAY[]::text[];
  found_ids text[];
  source text;
BEGIN
  FOREACH source IN ARRAY sources LOOP
    EXECUTE format('SELECT array_agg(id) FROM (SELECT DISTINCT %I::text AS id FROM %I LIMIT 1001) AS changed', id_column, source)
      INTO found_ids;
    ids := ids || coalesce(found_ids, ARRAY[]::text[]);
  END LOOP;
  IF TG_OP = 'TRUNCATE' OR cardinality(ids) > 1000
     OR EXISTS (SELECT FROM unnest(ids) AS id WHERE octet_length(id) > 4000 OR id = '') THEN
    PERFORM pg_notify('portico_roles', '');
  ELSE
    PERFORM pg_notify('portico_roles', id) FROM (SELECT DISTINCT unnest(ids) AS id) AS changed WHERE id IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION portico_notify_roles(roles_table regclass, id_column name) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  call text := format('FOR EACH STATEMENT EXECUTE FUNCTION portico_roles_changed(%L)', id_column);
  operation text;
BEGIN
  FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS portico_roles_%s ON %s', operation, roles_table);
  END LOOP;
  IF id_column IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TRIGGER portico_roles_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS after_rows %s', roles_table, call);
  EXECUTE format('CREATE TRIGGER portico_roles_update AFTER UPDATE ON %s
                  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows %s', roles_table, call);
  EXECUTE format('CREATE TRIGGER portico_roles_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS before_rows %s', roles_table, call);
  EXECUTE format('CREATE TRIGGER portico_roles_truncate AFTER TRUNCATE ON %s %s', roles_table, call);
END $$;
