package import Core
internal import GRDB

/// The version of the form in which a store's file is written: how many steps brought its tables there.
package struct StoreFormat: Sendable, Equatable {
  /// The stores with a form of their own.
  package enum Store: String, Sendable, CaseIterable {
    case ledger, payments, graph, sessions
  }

  /// The file's; 0 for one without tables.
  package var found: Int
  /// What this version writes.
  package var known: Int
  /// Whether a later version wrote the file.
  package var isLater: Bool

  /// How many steps a host would take with the file.
  package var steps: Int { isLater ? 0 : known - found }

  /// That of the file in `directory`, which isn't changed; nil when there is none. Blocks. Throws when it can't be
  /// read.
  package static func read(_ store: Store, in directory: String) throws(StoreError) -> StoreFormat? {
    let file = StoreFile(store.rawValue + ".sqlite", in: directory)
    guard file.exists else { return nil }
    let migrator = store.migrator
    do {
      let connection = try file.openForReading()
      defer { try? connection.close() }
      return try connection.read { database in
        let later = try migrator.hasBeenSuperseded(database)
        let applied = try migrator.appliedIdentifiers(database).count
        return StoreFormat(found: applied, known: migrator.migrations.count, isLater: later)
      }
    } catch {
      throw StoreError(error, while: "reading \(file.path)", advice: "put back a copy of it")
    }
  }

  /// Brings the file in `directory` to what this version writes, as a host does at its start. Blocks. Throws
  /// `unsupported_version` when a later version wrote it, and what SQLite says. O(bytes).
  package static func migrate(_ store: Store, in directory: String) throws(StoreError) {
    let file = StoreFile(store.rawValue + ".sqlite", in: directory)
    do {
      try file.openForWriting(store.migrator) { try $0.execute(sql: "PRAGMA temp_store = FILE;") }.close()
    } catch {
      throw StoreError(error, while: "migrating \(file.path)", advice: "put back a copy of it")
    }
  }
}

extension StoreFormat.Store {
  fileprivate var migrator: DatabaseMigrator {
    switch self {
    case .ledger: LedgerSchema.migrator
    case .payments: PaymentSchema.migrator
    case .graph: GraphSchema.migrator
    case .sessions: SessionSchema.migrator
    }
  }
}
