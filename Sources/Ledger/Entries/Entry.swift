package import Core

/// One row of the ledger: what happened, in the order and at the time it happened. Entries never change.
package struct Entry: Sendable, Equatable {
  /// What an entry does. The raw value stands in the canonical bytes.
  package enum Kind: UInt8, Sendable, CaseIterable {
    /// Money moved at once.
    case posted = 1
    /// Money set aside until it is posted or voided.
    case hold = 2
    /// A hold, or part of it, made final.
    case post = 3
    /// A hold released; by its owner, or by time.
    case void = 4
    /// An earlier movement taken back, wholly or in part.
    case reversal = 5
    /// An account's floor or its being closed.
    case account = 6
    /// A decision with effects that moved nothing: it binds the decision's record.
    case decision = 7
    /// A step in the governance of rules.
    case governance = 8
    /// Where the chain of records goes on after some of them were removed.
    case anchor = 9
    /// What an operator did beside the ledger: who, what and from where.
    case operatorAct = 10

    /// Whether an entry of this kind changes no account: it has no postings and leaves no balances.
    package var isStatement: Bool { rawValue >= Kind.decision.rawValue }
  }

  /// Its place, from 1, without gaps.
  package var sequence: Int64
  /// Nanoseconds since 1970, strictly increasing.
  package var timestamp: Int64
  package var kind: Kind
  /// The transfer's id, chosen by the caller.
  package var id: Identifier
  /// One for each kind that moves money or sets it aside; none for the others.
  package var postings: [Posting]
  /// The caller's own reference, not interpreted.
  package var reference: String
  /// The decision that made the entry; empty for a transfer sent by itself.
  package var idempotencyKey: String
  /// The caller's pairs, and the ledger's own, whose keys begin with `_`.
  package var metadata: [ExactText: String]

  /// An entry of these parts.
  package init(
    sequence: Int64, timestamp: Int64, kind: Kind, id: Identifier, postings: [Posting], reference: String = "",
    idempotencyKey: String = "", metadata: [ExactText: String] = [:]
  ) {
    self.sequence = sequence
    self.timestamp = timestamp
    self.kind = kind
    self.id = id
    self.postings = postings
    self.reference = reference
    self.idempotencyKey = idempotencyKey
    self.metadata = metadata
  }
}

/// A movement of one amount between two accounts.
package struct Posting: Sendable, Equatable {
  package var source: AccountName
  package var destination: AccountName
  package var amount: Amount

  /// `amount` from `source` to `destination`.
  package init(_ source: AccountName, _ destination: AccountName, _ amount: Amount) {
    self.source = source
    self.destination = destination
    self.amount = amount
  }
}

extension Entry {
  /// The metadata keys the ledger keeps for itself, so that the hash covers them.
  package enum ReservedKey {
    package static let code = "_code"
    /// The hold that a post or void resolves.
    package static let pendingID = "_pending_id"
    /// Seconds a hold lives.
    package static let timeout = "_timeout"
    /// The first transfer of the chain.
    package static let chain = "_chain"
    /// The entry that a reversal takes back.
    package static let reverses = "_reverses"
    /// `expired` for a void that came from time.
    package static let flags = "_flags"
    /// The account that an account change is about.
    package static let account = "_account"
    /// The floor that an account change sets.
    package static let floor = "_floor"
    /// What an account change sets `closed` to.
    package static let isClosed = "_closed"
    /// SHA-256 of the stored bytes of the record of the decision that made the entry, in hexadecimal digits.
    package static let record = "_record"
    /// Who asked for the entry where no decision did, as records name them: `operator:` and a token's `jti`.
    package static let requester = "_requester"
    /// SHA-256 of what belongs to the entry and is too long for metadata, in hexadecimal digits.
    package static let attachment = "_attachment"
    /// Of what a limit counts: which one, how much a period has of it, and the period, as JSON.
    package static let limit = "_limit"
  }

  /// The caller's code, empty when there is none.
  package var code: String { metadata[ReservedKey.code] ?? "" }
  /// The hold that a post or void resolves.
  package var pendingID: Identifier? { metadata[ReservedKey.pendingID].flatMap { Identifier($0) } }
  /// The entry that a reversal takes back.
  package var reverses: Identifier? { metadata[ReservedKey.reverses].flatMap { Identifier($0) } }
  /// Seconds a hold lives; 0 for ever.
  package var timeoutSeconds: UInt32 { metadata[ReservedKey.timeout].flatMap { UInt32($0) } ?? 0 }
  /// The first transfer of the chain this one belongs to; nil when it stands alone.
  package var chain: Identifier? { metadata[ReservedKey.chain].flatMap { Identifier($0) } }
  /// Whether a void came from time and not from a caller.
  package var isExpiry: Bool { kind == .void && metadata[ReservedKey.flags] == "expired" }
  /// SHA-256 of the record of the decision that made the entry, 64 hexadecimal digits; nil when it names none.
  package var record: String? { metadata[ReservedKey.record] }
  /// SHA-256 of what is kept beside the entry, 64 hexadecimal digits; nil when nothing is.
  package var attachment: String? { metadata[ReservedKey.attachment] }
  /// The limit that the entry counts, as JSON; nil when it counts none.
  package var limit: String? { metadata[ReservedKey.limit] }
  /// The account that an `account` entry changes.
  package var changedAccount: AccountName? { metadata[ReservedKey.account].flatMap { AccountName($0) } }
  /// The floor an `account` entry sets, minor units.
  package var floor: Int64? { metadata[ReservedKey.floor].flatMap { Int64($0) } }
  /// What an `account` entry sets `closed` to.
  package var isClosed: Bool? { metadata[ReservedKey.isClosed].map { $0 == "true" } }
  /// The caller's own pairs.
  package var callerMetadata: [ExactText: String] { metadata.filter { $0.key.text.utf8.first != UInt8(ascii: "_") } }
}
