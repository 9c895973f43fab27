package import Core
internal import Ledger
package import Rulebook

/// Rulebooks in a PostgreSQL database, for all hosts that share it: each by its digest, and a row for each generation.
/// An activation sets the generation of the ledger's head in the same transaction, so decisions with effects commit
/// under it from then on, and under no other.
package final class PostgresRulebookStore: RulebookStore {
  /// A generation that decided.
  package struct Activated: Sendable, Equatable {
    /// The activation that the row tells of.
    package var activation: RulebookActivation
    /// The last entry of the ledger before.
    package var sequence: Int64
    /// The host that activated it.
    package var host: String

    /// An activation by `host` after the entry of this sequence.
    package init(activation: RulebookActivation, sequence: Int64, host: String) {
      self.activation = activation
      self.sequence = sequence
      self.host = host
    }
  }

  private let connections: PostgresConnections
  private let host: String

  /// Opens the store at `address` and brings the tables up to date; the ledger must have been opened there before
  /// anything is activated. `host` is who activates. Blocks while it connects. Throws as ``PostgresLedgerStore`` does.
  package init(_ address: PostgresAddress, host: String = "") throws(StoreError) {
    let session = PostgresSession(name: "\(host) rulebooks", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    connections = PostgresConnections(address, session, connections: PostgresLimits.rulebookConnections)
    self.host = host
  }

  /// See ``RulebookStore/stage(_:)``.
  package func stage(_ snapshot: RulebookSnapshot) async throws(StoreError) -> Int {
    let digest = PostgresValue.text(snapshot.digest)
    let queries = [
      RulebookStatements.keep.with(digest, .bytes(snapshot.archived)), RulebookStatements.number.with(digest),
    ]
    return try await connections.run("keeping a rulebook") { connection in
      guard let number = try connection.run(queries)[1].first?.integer(0) else {
        throw StoreError(.corrupt, "no number was given to a generation")
      }
      return Int(number)
    }
  }

  /// See ``RulebookStore/snapshot(_:)``.
  package func snapshot(_ digest: String) async throws(StoreError) -> RulebookSnapshot? {
    let files = try await connections.run("reading a rulebook") { connection in
      try connection.run(RulebookStatements.files.with(.text(digest))).first?.bytes(0)
    }
    guard let files else { return nil }
    guard let snapshot = RulebookSnapshot(archived: files), snapshot.digest.isSame(as: digest) else {
      throw StoreError(.corrupt, "the rulebook kept as \(digest) is another one")
    }
    return snapshot
  }

  /// See ``RulebookStore/activate(_:)``.
  package func activate(_ activation: RulebookActivation) async throws(StoreError) {
    try await activate(activation, isFirst: false)
  }

  /// See ``RulebookStore/begin(_:)``.
  package func begin(_ activation: RulebookActivation) async throws(StoreError) {
    try await activate(activation, isFirst: true)
  }

  private func activate(_ activation: RulebookActivation, isFirst: Bool) async throws(StoreError) {
    var identifiers = IdentifierGenerator()
    let attempt = identifiers.next()
    let host = host
    try await connections.run("activating a rulebook") { connection in
      do {
        try Self.activate(activation, isFirst: isFirst, by: host, attempt, connection)
      } catch {
        connection.rollBack()
        throw error
      }
    }
  }

  /// Also good for a second time, when the connection broke during the first one's commit.
  private static func activate(
    _ activation: RulebookActivation, isFirst: Bool, by host: String, _ attempt: Identifier,
    _ connection: PostgresConnection
  ) throws {
    let number = PostgresValue.integer(Int64(activation.number))
    let answers = try connection.run([
      PostgresStatement.begin.with(), RulebookStatements.alone.with(), RulebookStatements.head.with(),
      RulebookStatements.given.with(number, .text(activation.digest)), RulebookStatements.attempt.with(number),
      RulebookStatements.current.with(),
    ])
    if answers[4].first?.id(0) == attempt { return connection.rollBack() }
    guard let head = answers[2].first, let sequence = head.integer(0), let decides = head.integer(1) else {
      throw StoreError(.corrupt, "the ledger has no head; open it first")
    }
    if isFirst, let current = try RulebookActivation(answers[5].first) { throw StoreError.begun(by: current) }
    let given = answers[3].first
    guard given?.boolean(0) == true, given?.boolean(1) == true, Int64(activation.number) > decides else {
      throw StoreError.notStaged(activation)
    }
    _ = try connection.run([
      RulebookStatements.activate.with(
        number, .text(activation.digest), .integer(sequence), .integer(activation.milliseconds),
        .text(activation.setAside), .text(host), .id(attempt)),
      RulebookStatements.setHead.with(number), PostgresStatement.commit.with(),
    ])
  }

  /// See ``RulebookStore/current()``.
  package func current() async throws(StoreError) -> RulebookActivation? {
    try await connections.run("reading the generation in force") { connection in
      try RulebookActivation(connection.run(RulebookStatements.current.with()).first)
    }
  }

  /// The generations that decided, the last one first. O(limit).
  package func activations(limit: Int) async throws(StoreError) -> [Activated] {
    let query = RulebookStatements.activations.with(.integer(Int64(limit)))
    return try await connections.run("reading the generations") { connection in
      try connection.run(query).all.compactMap { row in
        try RulebookActivation(row).map {
          Activated(activation: $0, sequence: row.integer(4) ?? 0, host: row.text(5) ?? "")
        }
      }
    }
  }

  /// Closes the connections; what comes then fails.
  package func close() async { await connections.close() }
}

extension RulebookActivation {
  /// The activation of a row; nil for no row. Throws `corrupt` when it can't be one.
  init?(_ row: PostgresRow?) throws(StoreError) {
    guard let row else { return nil }
    guard let number = row.integer(0), let digest = row.text(1), let milliseconds = row.integer(2) else {
      throw StoreError(.corrupt, "a row of generations can't be read")
    }
    self.init(number: Int(number), digest: digest, milliseconds: milliseconds, setAside: row.text(3))
  }
}
