extension PostgresSchema {
  /// What makes the tables of the trust graph; a row's version is the one that last changed it.
  static let graphTables = [
    "CREATE TABLE cascade.graph (place smallint PRIMARY KEY DEFAULT 1 CHECK (place = 1), version bigint NOT NULL)",
    "INSERT INTO cascade.graph (version) VALUES (1)",
    """
    CREATE TABLE cascade.citizen (
      node bigint PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      version bigint NOT NULL
    )
    """,
    """
    CREATE TABLE cascade.relationship (
      first bigint NOT NULL REFERENCES cascade.citizen,
      second bigint NOT NULL REFERENCES cascade.citizen,
      trust double precision,
      strength double precision NOT NULL,
      last text NOT NULL,
      version bigint NOT NULL,
      PRIMARY KEY (first, second),
      CHECK (first < second)
    )
    """,
    "CREATE TABLE cascade.mark (name text PRIMARY KEY, value text NOT NULL)",
    "CREATE INDEX citizen_version ON cascade.citizen (version)",
    "CREATE INDEX relationship_version ON cascade.relationship (version)",
  ]
}

/// What the store of the trust graph sends.
enum GraphStatements {
  static let version = PostgresStatement("graph_version", "SELECT version FROM graph")
  static let lock = PostgresStatement("lock_graph", "SELECT version FROM graph FOR UPDATE")
  static let marks = PostgresStatement("marks", "SELECT name, value FROM mark")
  static let citizens = PostgresStatement(
    "citizens", "SELECT name FROM citizen WHERE node >= $1::bigint ORDER BY node LIMIT $2::bigint")
  static let relationships = PostgresStatement(
    "relationships",
    """
    SELECT first, second, trust, strength, last FROM relationship
    WHERE (first, second) > ($1::bigint, $2::bigint) ORDER BY first, second LIMIT $3::bigint
    """)
  /// Versions of changed rows after one, in order, beginning with the one of this place.
  static let versionAt = PostgresStatement(
    "graph_version_at",
    """
    SELECT version FROM (
      SELECT version FROM citizen WHERE version > $1::bigint
      UNION ALL SELECT version FROM relationship WHERE version > $1::bigint
    ) AS changed ORDER BY version LIMIT 1 OFFSET $2::bigint
    """)
  static let changedCitizens = PostgresStatement(
    "changed_citizens",
    "SELECT name FROM citizen WHERE version > $1::bigint AND version <= $2::bigint ORDER BY node")
  static let changedRelationships = PostgresStatement(
    "changed_relationships",
    """
    SELECT one.name, other.name, trust, strength, last FROM relationship
    JOIN citizen AS one ON one.node = first JOIN citizen AS other ON other.node = second
    WHERE relationship.version > $1::bigint AND relationship.version <= $2::bigint ORDER BY first, second
    """)
  static let nextNode = PostgresStatement("next_node", "SELECT COALESCE(max(node) + 1, 0) FROM citizen")
  static let nodes = PostgresStatement("nodes", "SELECT name, node FROM citizen WHERE name = ANY($1::text[])")
  static let insertCitizens = PostgresStatement(
    "insert_citizens",
    "INSERT INTO citizen (node, name, version) SELECT *, $3::bigint FROM unnest($1::bigint[], $2::text[])")
  static let keepRelationships = PostgresStatement(
    "keep_relationships",
    """
    INSERT INTO relationship (first, second, trust, strength, last, version)
    SELECT *, $6::bigint
    FROM unnest($1::bigint[], $2::bigint[], $3::double precision[], $4::double precision[], $5::text[])
    ON CONFLICT (first, second) DO UPDATE SET trust = excluded.trust, strength = excluded.strength,
      last = excluded.last, version = excluded.version
    """)
  static let keepMarks = PostgresStatement(
    "keep_marks",
    """
    INSERT INTO mark (name, value) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    """)
  static let setVersion = PostgresStatement("set_graph_version", "UPDATE graph SET version = $1::bigint")
}
