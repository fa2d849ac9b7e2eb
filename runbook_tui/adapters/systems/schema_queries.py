"""What is asked of PostgreSQL's catalogues: every row is one object as JSON, with its key.

Sources: PostgreSQL's documentation, "System Catalogs" and "System Information Functions". What
belongs to an extension is the extension's; what belongs to the server itself is left out.
"""
# Nothing foreign is ever put into these texts: they are put together once, from one another.
# ruff: noqa: S608

from __future__ import annotations

_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"


def _free(catalogue: str, oid: str) -> str:
    return (
        "NOT EXISTS (SELECT FROM pg_depend d WHERE d.deptype = 'e'"
        f" AND d.classid = '{catalogue}'::regclass AND d.objid = {oid})"
    )


def _acl(column: str) -> str:
    # Rights are granted in whatever order: sorted, two that are the same look the same.
    return f"(SELECT json_agg(a::text ORDER BY a::text) FROM unnest({column}) a)"


_NAME = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
_OF_TABLE = f"""
  'owner', c.relowner::regrole::text, 'grants', {_acl("c.relacl")},
  'options', c.reloptions, 'comment', obj_description(c.oid, 'pg_class')"""
_COLUMNS = f"""
  (SELECT json_agg(json_build_object(
     'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not-null', a.attnotnull,
     'default', pg_get_expr(f.adbin, f.adrelid), 'identity', a.attidentity,
     'generated', to_jsonb(a) -> 'attgenerated', 'storage', a.attstorage,
     'collation', a.attcollation::regcollation::text, 'grants', {_acl("a.attacl")},
     'comment', col_description(a.attrelid, a.attnum)) ORDER BY a.attnum)
   FROM pg_attribute a LEFT JOIN pg_attrdef f ON (f.adrelid, f.adnum) = (a.attrelid, a.attnum)
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)"""

_SCHEMAS = f"""
SELECT 'schema ' || quote_ident(n.nspname), n.nspname, json_build_object(
  'owner', n.nspowner::regrole::text, 'grants', {_acl("n.nspacl")},
  'comment', obj_description(n.oid, 'pg_namespace'))
FROM pg_namespace n WHERE {_OURS} AND {_free("pg_namespace", "n.oid")}"""

_EXTENSIONS = """
SELECT 'extension ' || quote_ident(e.extname), n.nspname, json_build_object(
  'version', e.extversion, 'schema', n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"""

_TABLES = f"""
SELECT 'table ' || {_NAME}, n.nspname, json_build_object({_OF_TABLE},
  'kind', c.relkind, 'persistence', c.relpersistence, 'columns', {_COLUMNS},
  'row-security', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'replica', c.relreplident,
  'partition', pg_get_expr(c.relpartbound, c.oid), 'partitioned-by',
  CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END, 'inherits',
  (SELECT json_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits i
   WHERE i.inhrelid = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND {_OURS} AND {_free("pg_class", "c.oid")}"""

_VIEWS = f"""
SELECT CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'materialized-view ' END || {_NAME}, n.nspname,
  json_build_object({_OF_TABLE}, 'query', pg_get_viewdef(c.oid), 'columns', {_COLUMNS})
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND {_OURS} AND {_free("pg_class", "c.oid")}"""

_SEQUENCES = f"""
SELECT 'sequence ' || {_NAME}, n.nspname, json_build_object({_OF_TABLE},
  'type', s.seqtypid::regtype::text, 'start', s.seqstart, 'step', s.seqincrement,
  'least', s.seqmin, 'most', s.seqmax, 'cache', s.seqcache, 'cycles', s.seqcycle)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_OURS} AND {_free("pg_class", "c.oid")}"""

_INDEXES = f"""
SELECT 'index ' || {_NAME}, n.nspname, json_build_object(
  'is', pg_get_indexdef(c.oid), 'valid', i.indisvalid, 'clustered', i.indisclustered,
  'replica', i.indisreplident, 'comment', obj_description(c.oid, 'pg_class'))
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_OURS} AND {_free("pg_class", "i.indrelid")}"""

_CONSTRAINTS = f"""
SELECT 'constraint ' || quote_ident(n.nspname) || '.' || coalesce(quote_ident(c.relname),
    quote_ident(t.typname)) || '.' || quote_ident(k.conname), n.nspname, json_build_object(
  'is', pg_get_constraintdef(k.oid), 'valid', k.convalidated,
  'comment', obj_description(k.oid, 'pg_constraint'))
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
  LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_type t ON t.oid = k.contypid
WHERE {_OURS} AND {_free("pg_class", "k.conrelid")} AND {_free("pg_type", "k.contypid")}"""

_TRIGGERS = f"""
SELECT 'trigger ' || {_NAME} || '.' || quote_ident(t.tgname), n.nspname, json_build_object(
  'is', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {_OURS} AND {_free("pg_class", "c.oid")}"""

_RULES = f"""
SELECT 'rule ' || {_NAME} || '.' || quote_ident(r.rulename), n.nspname, json_build_object(
  'is', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled)
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {_OURS} AND {_free("pg_class", "c.oid")}"""

_POLICIES = f"""
SELECT 'policy ' || {_NAME} || '.' || quote_ident(p.polname), n.nspname, json_build_object(
  'command', p.polcmd, 'permissive', p.polpermissive, 'using', pg_get_expr(p.polqual, p.polrelid),
  'check', pg_get_expr(p.polwithcheck, p.polrelid), 'roles',
  (SELECT json_agg(r::regrole::text ORDER BY r::regrole::text) FROM unnest(p.polroles) r))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_OURS} AND {_free("pg_class", "c.oid")}"""

_FUNCTIONS = f"""
SELECT 'function ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' ||
    pg_get_function_identity_arguments(p.oid) || ')', n.nspname, json_build_object(
  'is', CASE WHEN g.aggfnoid IS NULL THEN pg_get_functiondef(p.oid) ELSE
    concat_ws(' ', g.aggtransfn, g.aggtranstype::regtype, g.aggfinalfn, g.agginitval) END,
  'owner', p.proowner::regrole::text, 'grants', {_acl("p.proacl")},
  'comment', obj_description(p.oid, 'pg_proc'))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid
WHERE {_OURS} AND {_free("pg_proc", "p.oid")}"""

_TYPES = f"""
SELECT 'type ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname), n.nspname,
  json_build_object('kind', t.typtype, 'owner', t.typowner::regrole::text,
  'grants', {_acl("t.typacl")}, 'labels',
  (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
  'of', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
  'default', t.typdefault, 'not-null', t.typnotnull, 'range',
  (SELECT r.rngsubtype::regtype::text FROM pg_range r WHERE r.rngtypid = t.oid),
  'columns', {_COLUMNS}, 'comment', obj_description(t.oid, 'pg_type'))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
WHERE (t.typtype IN ('e', 'd', 'r') OR c.oid IS NOT NULL)
  AND {_OURS} AND {_free("pg_type", "t.oid")}"""

_EVENT_TRIGGERS = f"""
SELECT 'event-trigger ' || quote_ident(t.evtname), '', json_build_object(
  'event', t.evtevent, 'calls', t.evtfoid::regproc::text, 'enabled', t.evtenabled, 'tags',
  t.evttags, 'owner', t.evtowner::regrole::text)
FROM pg_event_trigger t WHERE {_free("pg_event_trigger", "t.oid")}"""

QUERIES = tuple(
    f"SELECT json_build_array(q.key, q.of, q.value) FROM ({query}) AS q(key, of, value)"
    for query in (
        _SCHEMAS, _EXTENSIONS, _TABLES, _VIEWS, _SEQUENCES, _INDEXES, _CONSTRAINTS, _TRIGGERS,
        _RULES, _POLICIES, _FUNCTIONS, _TYPES, _EVENT_TRIGGERS,
    )
)  # fmt: skip
"""Each gives rows of an array: key, schema, value."""
