internal import Core

/// What a chain would change, before it is known whether all of it succeeds.
struct Draft {
  var accounts = TouchedAccounts()
  private(set) var entries: [(entry: Entry, balances: [AccountBalances])] = []
  var opened: [Hold] = []
  var resolutions: [Identifier: Resolution] = [:]
  var reversed: [Identifier: Int64] = [:]
  /// Who asks for the event that is looked at.
  var authority = Authority.operator
  var idempotencyKey = ""
  /// Who asks, where no decision does; empty when that isn't known.
  var requester = ""
  /// SHA-256 of the record that commits with the entries, in hexadecimal digits.
  var record: String?
  /// The chain's first id, when it has more than one event.
  var chain: Identifier?
  /// Where the entry of each id stands, once there are many.
  private var places: [Identifier: Int] = [:]
  private static let few = 16
  private let firstTimestamp: Int64
  private let firstSequence: Int64

  init(now: Int64, after head: LedgerHead) {
    firstTimestamp = max(now, head.timestamp + 1)
    firstSequence = head.sequence + 1
  }

  /// The next entry's time: one nanosecond after the one before, when the clock stands.
  var timestamp: Int64 { firstTimestamp + Int64(entries.count) }
  /// The next entry's sequence.
  var sequence: Int64 { firstSequence + Int64(entries.count) }

  /// The index of the entry with this id. O(1).
  func index(of id: Identifier) -> Int? {
    entries.count > Self.few ? places[id] : entries.firstIndex { $0.entry.id == id }
  }

  /// Adds the entry that `event` makes, with the accounts as they are after it.
  mutating func append(_ event: LedgerEvent, _ kind: Entry.Kind, _ posting: Posting?, touching touched: [Account]) {
    typealias Key = Entry.ReservedKey
    var metadata = event.metadata
    if !event.code.isEmpty { metadata[Key.code] = event.code }
    if let pendingID = event.pendingID { metadata[Key.pendingID] = pendingID.description }
    if let reverses = event.reverses { metadata[Key.reverses] = reverses.description }
    if event.timeoutSeconds > 0 { metadata[Key.timeout] = String(event.timeoutSeconds) }
    if let chain { metadata[Key.chain] = chain.description }
    if let record { metadata[Key.record] = record }
    if !requester.isEmpty { metadata[Key.requester] = requester }
    if !event.limit.isEmpty { metadata[Key.limit] = event.limit }
    if event.kind == .account {
      metadata[Key.account] = event.from?.text
      metadata[Key.floor] = event.floor.map { String($0) }
      metadata[Key.isClosed] = event.isClosed.map { String($0) }
    }
    append(
      Entry(
        sequence: sequence, timestamp: timestamp, kind: kind, id: event.id, postings: posting.map { [$0] } ?? [],
        reference: event.reference, idempotencyKey: idempotencyKey, metadata: metadata),
      touching: touched)
  }

  /// Adds an entry, with the accounts as they are after it.
  mutating func append(_ entry: Entry, touching touched: [Account]) {
    for var account in touched {
      account.version = entry.sequence
      accounts.keep(account)
    }
    entries.append((entry, touched.map(\.named)))
    if entries.count <= Self.few { return }
    for place in (entries.count == Self.few + 1 ? 0 : entries.count - 1)..<entries.count {
      places[entries[place].entry.id] = place
    }
  }
}

/// The accounts of a chain as they are now. Most chains touch two, which are found sooner by looking at both than by
/// hashing their names.
struct TouchedAccounts {
  private(set) var list: [Account] = []
  /// Where each stands, once there are many.
  private var places: [AccountKey: Int] = [:]
  private static let few = 8

  subscript(key: AccountKey) -> Account? { place(of: key).map { list[$0] } }

  mutating func keep(_ account: Account) {
    if let place = place(of: account.key) {
      list[place] = account
      return
    }
    list.append(account)
    if list.count <= Self.few { return }
    for place in (list.count == Self.few + 1 ? 0 : list.count - 1)..<list.count { places[list[place].key] = place }
  }

  private func place(of key: AccountKey) -> Int? {
    if list.count > Self.few { return places[key] }
    return list.firstIndex { $0.name == key.name && $0.key == key }
  }
}
