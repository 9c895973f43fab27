package import Core

/// One place in a submission: an event, or what was no event but holds its place in the order and its chain.
package enum SubmittedEvent: Sendable, Equatable {
  case event(LedgerEvent)
  case malformed(RefusalReason, isLinked: Bool)

  /// Whether the next one belongs to the same chain.
  package var isLinked: Bool {
    switch self {
    case .event(let event): event.isLinked
    case .malformed(_, let isLinked): isLinked
    }
  }

  /// The event's id, nil for what was malformed.
  package var id: Identifier? { if case .event(let event) = self { event.id } else { nil } }

  /// The same, asked for by `authority`.
  package func asked(by authority: Authority) -> SubmittedEvent {
    if case .event(let event) = self { .event(event.asked(by: authority)) } else { self }
  }
}

/// The version of an account that a decision read before it asked.
package struct BalanceRead: Sendable, Hashable {
  /// The account that was read.
  package var account: AccountName
  package var asset: Asset?
  /// ``Account/version`` as it was read; 0 for an account that wasn't there.
  package var version: Int64

  /// `account` was at `version`.
  package init(account: AccountName, asset: Asset? = nil, version: Int64) {
    self.account = account
    self.asset = asset
    self.version = version
  }
}

/// What is kept of a decision beside its effects.
package struct DecisionRecord: Sendable, Equatable {
  package var id: Identifier
  /// Its bytes; the ledger doesn't look into them.
  package var bytes: [UInt8]

  package init(id: Identifier, bytes: [UInt8]) {
    self.id = id
    self.bytes = bytes
  }

  /// What the entries of the decision name: SHA-256 of the bytes, in hexadecimal digits. O(bytes).
  package var fingerprint: String { Hexadecimal.text(Entry.hash(bytes)) }

  /// The ids of the transfers that the decision made, which is all that the ledger reads in a record; nil when the
  /// bytes are no record. O(bytes).
  package var effects: [Identifier]? {
    let limits = JSON.ParsingLimits(bytes: 64 << 20, depth: 80, takesWideIntegers: false)
    guard let list = (try? JSON(parsing: bytes, limits: limits))?["effects"]?.array else { return nil }
    let effects = list.compactMap { $0.string.flatMap { Identifier($0) } }
    return effects.count == list.count ? effects : nil
  }
}

/// What is brought to a store at once.
package struct Submission: Sendable {
  /// In order; each sees the earlier ones.
  package var events: [SubmittedEvent]
  /// Stored in the same transaction, if all events succeed; then the events are one chain whatever their links.
  package var record: DecisionRecord?
  /// What must not have changed since.
  package var reads: [BalanceRead]
  /// Written into the entries: the decision that makes them.
  package var idempotencyKey: String
  /// What is stated instead of events; then there are none.
  package var statement: Statement?
  /// Written into the entries: who asks, where no decision does. Empty when that isn't known.
  package var requester: String
  /// The generation of the rules that decided it: where several hosts share a ledger, it commits only while that one
  /// decides everywhere. Nil for what no rules decided.
  package var generation: Int64?

  /// A submission of these parts. With an `authority` all events are asked for by that one, else each by its own.
  package init(
    _ events: [SubmittedEvent], record: DecisionRecord? = nil, reads: [BalanceRead] = [],
    authority: Authority? = nil, idempotencyKey: String = "", requester: String = ""
  ) {
    self.requester = requester
    self.events = authority.map { authority in events.map { $0.asked(by: authority) } } ?? events
    self.record = record
    self.reads = reads
    self.idempotencyKey = idempotencyKey
  }

  /// A statement, which needs nothing and moves nothing.
  package init(_ statement: Statement) {
    self.init([])
    self.statement = statement
  }

  /// One chain of events, each with its own authority, and the record of the decision that makes them.
  package init(chain: [LedgerEvent], record: DecisionRecord?, reads: [BalanceRead]) {
    var chain = chain
    for index in chain.indices { chain[index].isLinked = index < chain.count - 1 }
    self.init(
      chain.map { .event($0) }, record: record, reads: reads, idempotencyKey: record?.id.description ?? "")
  }
}

/// How one event came out.
package struct EventResult: Sendable, Equatable {
  /// The raw value is the name on the wire.
  package enum Status: String, Sendable { case created, exists, refused }

  /// Nil for what was malformed.
  package var id: Identifier?
  /// Whether it was created, existed or was refused.
  package var status: Status
  /// Why it was refused.
  package var reason: RefusalReason?
  /// With `id_already_failed`: why it was refused the first time.
  package var firstReason: RefusalReason?
  /// The entry's sequence, as it was the first time.
  package var sequence: Int64?
  /// The entry's time, nanoseconds since 1970.
  package var timestamp: Int64?
  /// Balances right after the entry, of the accounts it touched.
  package var balances: [AccountBalances] = []

  /// The result that `stored` stands for.
  init(_ status: Status, _ stored: StoredEntry) {
    self.id = stored.entry.id
    self.status = status
    self.sequence = stored.entry.sequence
    self.timestamp = stored.entry.timestamp
    self.balances = stored.balances
  }

  /// The result of a refusal, with its reasons.
  init(_ id: Identifier?, refused reason: RefusalReason, first: RefusalReason? = nil) {
    self.id = id
    self.status = .refused
    self.reason = reason
    self.firstReason = first
  }
}

/// The answer to a submission.
package enum Receipt: Sendable, Equatable {
  /// One result per event, in order.
  case results([EventResult])
  /// There is already a record with this id; nothing was done.
  case repeated(record: [UInt8])
  /// These accounts changed since they were read; nothing was done.
  case conflict([AccountName])
  /// Another generation of the rules decides than made it, this one; nothing was done.
  case overtaken(by: Int64)

  /// The first result that is a refusal; nil when nothing was refused.
  package var refusal: EventResult? {
    if case .results(let results) = self {
      results.first { $0.status == .refused && $0.reason != .linkedEventFailed }
    } else {
      nil
    }
  }
}
