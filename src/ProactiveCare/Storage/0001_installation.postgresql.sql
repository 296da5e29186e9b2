CREATE TABLE migration (
  number     BIGINT PRIMARY KEY,
  name       TEXT COLLATE "C" NOT NULL,
  hash       TEXT COLLATE "C" NOT NULL,
  needs      BIGINT NOT NULL, -- the step that a program must know to work with the database once this one is taken
  applied_at BIGINT NOT NULL
);

CREATE TABLE installation (
  single     BIGINT PRIMARY KEY DEFAULT 1 CHECK (single = 1),
  store_id   TEXT COLLATE "C" NOT NULL,
  simulated  BIGINT NOT NULL CHECK (simulated IN (0, 1)),
  created_at BIGINT NOT NULL
);

-- SQLite's sum of integers is an integer; PostgreSQL's would be a numeric, which nothing here reads.
CREATE AGGREGATE sum(BIGINT) (SFUNC = int8pl, STYPE = BIGINT, COMBINEFUNC = int8pl, PARALLEL = SAFE);

-- SQLite's max and min take two values as well, and yield NULL when either is.
CREATE FUNCTION max(a BIGINT, b BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN a >= b THEN a WHEN a < b THEN b END;

CREATE FUNCTION min(a BIGINT, b BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN a <= b THEN a WHEN a > b THEN b END;

-- A list is one parameter in both databases: a JSON array, whose elements come back as texts.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT) LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 20
AS $$ SELECT element.value FROM json_array_elements_text(list::json) AS element (value) $$;

-- An element that is an array itself is opened as in SQLite: element ->> 0.
CREATE FUNCTION json_item(list TEXT, item INTEGER) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN list::json OPERATOR(pg_catalog.->>) item;

CREATE OPERATOR ->> (LEFTARG = TEXT, RIGHTARG = INTEGER, FUNCTION = json_item);

-- SQLite's name of the UTC day that an instant in seconds falls on.
CREATE FUNCTION date(seconds BIGINT, counted TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN counted = 'unixepoch'
  THEN to_char(TIMESTAMP 'epoch' + seconds * INTERVAL '1 second', 'YYYY-MM-DD') END;

-- For a CHECK: a text that is not JSON is refused by the cast itself, which costs far less than catching its error.
CREATE FUNCTION is_json(content TEXT) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN content::json IS NOT NULL;

-- What the trigger that names it says is all that its table has to say about such a change.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_ARGV[0];
END $$;
