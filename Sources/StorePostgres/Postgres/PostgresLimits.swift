/// Everything that a store on PostgreSQL bounds.
enum PostgresLimits {
  /// Submissions that share a commit.
  static let submissionsPerCommit = 512
  /// Bytes of what shares a commit.
  static let bytesPerCommit = 4 << 20
  /// How long late submissions of one transaction may take to be made, while other hosts wait for it.
  static let lateWork: Duration = .milliseconds(10)
  /// How long a write is tried again while PostgreSQL is away or others are in the way, and how long an answer to a
  /// commit is looked for after its connection broke.
  static let patience: Duration = .seconds(10)
  /// Connections that a host reads a store with.
  static let readers = 3
  /// Connections of a host for the trust graph.
  static let graphConnections = 1
  /// Rows of the trust graph that are asked for at once.
  static let graphRows = 10_000
  /// Connections of a host for values that expire.
  static let expiringConnections = 1
  /// Connections of a host for rulebooks.
  static let rulebookConnections = 1
  /// Connections of a host for turns at background work.
  static let claimConnections = 1
  /// Connections of a host for what hosts know of each other.
  static let registerConnections = 2
  /// Connections with which a host stores records.
  static let recordWriters = 1
  /// Connections with which a host reads them.
  static let recordReaders = 2
  /// Records that are held against their hashes at once.
  static let verifiedRecords = 1_000
  /// Days for whose records there is room before they come.
  static let recordDaysAhead = 7
  /// Connections of a host for sessions.
  static let sessionConnections = 2
  /// Connections of a host for payments.
  static let paymentConnections = 2
  /// Payments that came or moved on that are asked for at once.
  static let changedPayments = 1_000
  /// Connections of a host in all, with the one that writes the ledger, the one that verifies it, the one for keys and
  /// those that only its start has.
  static let connectionsPerHost = 23
  /// Readings that wait for a connection.
  static let waitingReads = 10_000
}
