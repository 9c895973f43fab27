internal import Core
internal import Foundation
internal import GRDB
package import TrustGraph

/// Relationships in one SQLite file, `graph.sqlite` in a directory of their own.
///
/// One connection does everything, and every change is durable when it returns (write-ahead log,
/// `synchronous=FULL`). Scores are binary64 numbers, as in the graph; names and moments are bytes that SQLite compares
/// as such.
package final class SQLiteRelationshipStore: RelationshipStore {
  private let connection: DatabaseQueue

  /// Opens, or begins, the graph in `directory`. Blocks. Throws `storage` when it can't be opened, or a later version
  /// wrote it.
  package init(directory: String) throws(GraphError) {
    do {
      try StoreDirectory.make(directory)
      var configuration = Configuration()
      configuration.busyMode = .timeout(5)
      configuration.prepareDatabase { database in
        try database.execute(
          sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;")
      }
      connection = try DatabaseQueue(path: Self.path(in: directory), configuration: configuration)
      try Self.check(connection, directory)
      try GraphSchema.migrator.migrate(connection)
    } catch {
      throw GraphError(error, while: "opening the graph in \(directory)")
    }
  }

  /// Opens the graph in `directory` for reading only, whether or not a host is writing it. Throws `storage` when there
  /// is none, or as the other.
  package init(reading directory: String) throws(GraphError) {
    guard FileManager.default.fileExists(atPath: Self.path(in: directory)) else {
      throw GraphError(.storage, "there is no graph in \(directory); --data names the directory that a host keeps")
    }
    do {
      connection = try ReadOnlyDatabase.open(Self.path(in: directory))
      try Self.check(connection, directory)
    } catch {
      throw GraphError(error, while: "opening the graph in \(directory)")
    }
  }

  private static func path(in directory: String) -> String { "\(directory)/graph.sqlite" }

  private static func check(_ connection: DatabaseQueue, _ directory: String) throws {
    if try connection.read({ try GraphSchema.migrator.hasBeenSuperseded($0) }) {
      throw GraphError(.storage, "a later version wrote \(path(in: directory)); use that one")
    }
  }

  /// See ``RelationshipStore/load()``.
  package func load() throws(GraphError) -> StoredGraph {
    do {
      return try connection.read { database in
        let citizens = try String.fetchAll(database, sql: "SELECT name FROM citizen ORDER BY node")
        var relationships: [Relationship] = []
        let rows = try Row.fetchCursor(
          database, sql: "SELECT first, second, trust, strength, last FROM relationship ORDER BY first, second")
        while let row = try rows.next() {
          let (first, second) = (row[0] as Int, row[1] as Int)
          guard citizens.indices.contains(first), citizens.indices.contains(second) else {
            throw GraphError(.storage, "a relationship names a citizen that isn't stored")
          }
          relationships.append(
            try Relationship(
              citizens[first], citizens[second], trust: row[2], strength: row[3], lastInteraction: row[4]))
        }
        return StoredGraph(
          version: try GraphSchema.version(database), citizens: citizens, relationships: relationships,
          marks: try GraphSchema.marks(database))
      }
    } catch {
      throw GraphError(error, while: "reading the graph")
    }
  }

  /// See ``RelationshipStore/save(_:)``.
  package func save(_ change: SnapshotChange) throws(GraphError) {
    try change.checkTexts()
    do {
      try connection.write { try GraphSchema.apply(change, to: $0) }
    } catch {
      throw GraphError(error, while: "storing relationships")
    }
  }

  /// Closes the file.
  package func close() { try? connection.close() }
}

extension GraphError {
  /// What went wrong while doing something: a graph's own error as it is, another as `storage`.
  fileprivate init(_ error: any Error, while doing: String) {
    if let error = error as? GraphError {
      self = error
    } else if let error = error as? StoreError {
      self.init(.storage, "\(doing): \(error)")
    } else if let error = error as? DatabaseError {
      self.init(.storage, "\(doing): \(error.message ?? "SQLite says \(error.resultCode)")")
    } else {
      self.init(.storage, "\(doing): \(error)")
    }
  }
}
