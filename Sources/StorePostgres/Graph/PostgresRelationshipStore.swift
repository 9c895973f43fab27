package import Core
package import TrustGraph

/// Relationships in a PostgreSQL database, which several hosts may change: one row has the version, and whoever changes
/// the graph holds that row.
package final class PostgresRelationshipStore: RelationshipStore {
  private let connections: PostgresConnections

  /// Opens the graph at `address` and brings the tables up to date. Blocks while it connects. Throws as
  /// ``PostgresLedgerStore`` does.
  package init(_ address: PostgresAddress, host: String = "") throws(StoreError) {
    let session = PostgresSession(name: "\(host) graph", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    connections = PostgresConnections(address, session, connections: PostgresLimits.graphConnections)
  }

  /// See ``RelationshipStore/load()``; of one moment, a page at a time.
  package func load() async throws(StoreError) -> StoredGraph {
    try await connections.run("reading the trust graph") { connection in
      try connection.inSnapshot { try GraphReading(connection: connection).load() }
    }
  }

  /// See ``RelationshipStore/changes(after:limit:)``. O(changes · log m).
  package func changes(after version: Int, limit: Int) async throws(StoreError) -> SnapshotChange {
    try await connections.run("reading the trust graph") { connection in
      try connection.inSnapshot {
        try GraphReading(connection: connection).changes(after: version, limit: limit)
      }
    }
  }

  /// See ``RelationshipStore/save(_:)``. Throws `unknown_outcome` when the connection broke during the commit.
  package func save(_ change: SnapshotChange) async throws(StoreError) {
    if change.hasZeroByte { throw StoreError.zeroByte }
    let action = "writing the trust graph"
    try await connections.run(action, isWriting: true) { [connections] connection in
      let queries: [PostgresQuery]
      do {
        queries = try GraphChange(change, connection).queries
      } catch {
        connection.rollBack()
        throw error
      }
      try connections.commit(connection, action, after: queries)
    }
  }

  /// Closes the connections; what comes then fails.
  package func close() async { await connections.close() }

  /// Why PostgreSQL didn't take the last write that changed something; nil when it did. Never waits.
  package var writeProblem: StoreError.Code? { connections.writeProblem }
}

/// Reads the tables of the graph, within a transaction that sees one moment.
private struct GraphReading {
  let connection: PostgresConnection

  func load() throws -> StoredGraph {
    let page = Int64(PostgresLimits.graphRows)
    var citizens: [String] = []
    while case let rows = try connection.run(
      GraphStatements.citizens.with(.integer(Int64(citizens.count)), .integer(page))), rows.count > 0
    {
      for row in rows.all { citizens.append(row.text(0) ?? "") }
    }
    var relationships: [Relationship] = []
    var last: (first: Int64, second: Int64) = (-1, -1)
    while case let rows = try connection.run(
      GraphStatements.relationships.with(.integer(last.first), .integer(last.second), .integer(page))), rows.count > 0
    {
      for row in rows.all {
        guard let first = row.integer(0), let second = row.integer(1), citizens.indices.contains(Int(first)),
          citizens.indices.contains(Int(second))
        else { throw StoreError(.corrupt, "a relationship names a citizen that isn't stored") }
        relationships.append(try relationship(citizens[Int(first)], citizens[Int(second)], row))
        last = (first, second)
      }
    }
    return StoredGraph(
      version: try version(), citizens: citizens, relationships: relationships, marks: try marks())
  }

  func changes(after version: Int, limit: Int) throws -> SnapshotChange {
    let stored = try self.version()
    var change = SnapshotChange(from: version, to: version, marks: try marks())
    if stored <= version { return change }
    change.to = try end(after: version, limit: limit) ?? stored
    let range = (PostgresValue.integer(Int64(version)), PostgresValue.integer(Int64(change.to)))
    let answers = try connection.run([
      GraphStatements.changedCitizens.with(range.0, range.1),
      GraphStatements.changedRelationships.with(range.0, range.1),
    ])
    change.citizens = answers[0].all.map { $0.text(0) ?? "" }
    change.relationships = try answers[1].all.map { try relationship($0.text(0) ?? "", $0.text(1) ?? "", $0) }
    return change
  }

  /// The last version whose rows still belong to the first `limit` after `version`, at least one version; nil when
  /// there are no more than that.
  private func end(after version: Int, limit: Int) throws -> Int? {
    let answers = try connection.run(
      [Int64(limit), 0].map { GraphStatements.versionAt.with(.integer(Int64(version)), .integer($0)) })
    guard let beyond = answers[0].first?.integer(0), let first = answers[1].first?.integer(0) else { return nil }
    return Int(first < beyond ? beyond - 1 : beyond)
  }

  private func relationship(_ first: String, _ second: String, _ row: PostgresRow) throws -> Relationship {
    try Relationship(
      first, second, trust: row.double(2), strength: row.double(3) ?? 0, lastInteraction: row.text(4) ?? "")
  }

  private func version() throws -> Int {
    guard let version = try connection.run(GraphStatements.version.with()).first?.integer(0) else {
      throw StoreError(.corrupt, "the graph has no version")
    }
    return Int(version)
  }

  private func marks() throws -> [String: String] {
    let rows = try connection.run(GraphStatements.marks.with())
    return Dictionary(rows.all.map { ($0.text(0) ?? "", $0.text(1) ?? "") }) { $1 }
  }
}

/// A change that follows the stored version, whose row its transaction holds from the beginning.
private struct GraphChange {
  private let change: SnapshotChange
  private var nodes: [ExactText: Int]
  private let firstNode: Int

  /// Begins a transaction and looks whether the change fits. Throws `conflict` when it doesn't.
  init(_ change: SnapshotChange, _ connection: PostgresConnection) throws {
    self.change = change
    let names = Set(
      (change.citizens + change.relationships.flatMap { [$0.citizen1, $0.citizen2] }).map(ExactText.init))
    let answers = try connection.run([
      PostgresStatement.begin.with(), GraphStatements.lock.with(), GraphStatements.nextNode.with(),
      GraphStatements.nodes.with(.texts(names.map(\.text))),
    ])
    let stored = Int(answers[1].first?.integer(0) ?? 0)
    if stored != change.from { throw StoreError.overtaken(stored: stored, expected: change.from) }
    firstNode = Int(answers[2].first?.integer(0) ?? 0)
    nodes = [:]
    for row in answers[3].all { nodes[ExactText(row.text(0) ?? "")] = row.integer(1).map { Int($0) } }
    for (index, name) in change.citizens.enumerated() {
      if nodes.updateValue(firstNode + index, forKey: ExactText(name)) != nil { throw StoreError.stored(name) }
    }
    for name in change.relationships.flatMap({ [$0.citizen1, $0.citizen2] }) where nodes[ExactText(name)] == nil {
      throw StoreError.stranger(name)
    }
  }

  /// The statements that write the change and set its version.
  var queries: [PostgresQuery] {
    let version = PostgresValue.integer(Int64(change.to))
    var queries: [PostgresQuery] = []
    if !change.citizens.isEmpty {
      let new = firstNode..<(firstNode + change.citizens.count)
      queries.append(GraphStatements.insertCitizens.with(.integers(new), .texts(change.citizens), version))
    }
    let rows = change.relationships
    if !rows.isEmpty {
      let pairs = rows.map { row in
        [nodes[ExactText(row.citizen1)] ?? 0, nodes[ExactText(row.citizen2)] ?? 0].sorted()
      }
      queries.append(
        GraphStatements.keepRelationships.with(
          .integers(pairs.map { $0[0] }), .integers(pairs.map { $0[1] }),
          .array(.double, rows.map { .double($0.trust) }), .array(.double, rows.map { .double($0.strength) }),
          .texts(rows.map(\.lastInteraction)), version))
    }
    if !change.marks.isEmpty {
      let marks = Array(change.marks)
      queries.append(GraphStatements.keepMarks.with(.texts(marks.map(\.key)), .texts(marks.map(\.value))))
    }
    return queries + [GraphStatements.setVersion.with(version)]
  }
}
