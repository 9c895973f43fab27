package import Core
internal import GRDB
package import TrustGraph

/// Relationships in one SQLite file, `graph.sqlite` in a directory of their own.
///
/// Every change is durable when it returns. Scores are binary64 numbers, as in the graph; names and moments are bytes
/// that SQLite compares as such.
package final class SQLiteRelationshipStore: RelationshipStore {
  private let file: StoreConnection

  /// Opens, or begins, the graph in `directory`. Blocks. Throws when it can't be opened, or a later version wrote it.
  package init(directory: String) throws(StoreError) {
    file = try StoreConnection("graph", in: directory, GraphSchema.migrator)
  }

  /// Opens the graph in `directory` for reading only, whether or not a host is writing it. Throws `io` when there is
  /// none, or as the other.
  package init(reading directory: String) throws(StoreError) {
    file = try StoreConnection(reading: "graph", in: directory, GraphSchema.migrator)
  }

  /// See ``RelationshipStore/load()``.
  package func load() async throws(StoreError) -> StoredGraph { try await file.read { try GraphSchema.load($0) } }

  /// See ``RelationshipStore/changes(after:limit:)``. O(changes · log m).
  package func changes(after version: Int, limit: Int) async throws(StoreError) -> SnapshotChange {
    try await file.read { try GraphSchema.changes(after: version, limit: limit, in: $0) }
  }

  /// See ``RelationshipStore/save(_:)``.
  package func save(_ change: SnapshotChange) async throws(StoreError) {
    try await file.write { try GraphSchema.apply(change, to: $0) }
  }

  /// Finishes what waits and closes the file.
  package func close() async { await file.close() }

  /// Why the file didn't take the last write that changed something; nil when it did. Never waits.
  package var writeProblem: StoreError.Code? { file.writeProblem }

  /// Raises the number that tells older copies of the file, if something was written since; see ``StoreAge``. Throws
  /// why that can't be written. O(1).
  package func raisedAge() async throws(StoreError) -> StoreAge? { try await file.raisedAge() }
}
