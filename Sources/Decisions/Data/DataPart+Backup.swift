extension DataPart {
  /// How a backup takes a part of the data.
  package enum Copying: Sendable {
    /// A database, as it was at one moment.
    case database
    /// A file, or a folder of files, that is only added to or replaced as a whole.
    case files
    /// Only on demand, sealed by a passphrase.
    case sealed
    /// Not at all: a restored host has none of it.
    case none
  }

  /// How a backup takes it. Sessions end with a restore, and private keys leave their place only sealed.
  package var copying: Copying {
    switch self {
    case .ledger, .payments, .graph: .database
    case .records, .checkpoints, .rulebooks, .generation, .enrolled, .checkpointKeys, .audit, .revoked: .files
    case .keys, .noteKey: .sealed
    case .sessions: .none
    }
  }

  /// What a backup holds, in the order in which it is taken while a host goes on: what depends on another part comes
  /// before it. A payment's step is in the ledger before it is kept, checkpoints show what the ledger has and which
  /// records, the ledger says which records were removed, and records name their rulebooks.
  package static let backedUp: [DataPart] = [
    .revoked, .enrolled, .checkpointKeys, .payments, .graph, .checkpoints, .audit, .records, .ledger, .rulebooks,
    .generation,
  ]
}
