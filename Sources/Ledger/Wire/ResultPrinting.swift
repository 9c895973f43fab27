package import Core

extension LedgerWire {
  /// `{"results":[…]}`, dense and in order; `ids` are those the caller sent, as text. O(results).
  package static func results(_ results: [EventResult], ids: [String?]) -> JSON {
    let items = results.enumerated().map { index, item in
      json(item, id: index < ids.count ? ids[index] : nil)
    }
    return ["results": .array(items)]
  }

  /// One result: `{"id","status","reason"|"seq","timestamp","balances"}`. The id is the text the caller sent.
  package static func json(_ result: EventResult, id: String? = nil) -> JSON {
    var object = JSON.Object()
    object.append("id", (id ?? result.id?.description).map { .string($0) } ?? .null)
    object.append("status", .string(result.status.rawValue))
    if let reason = result.reason { object.append("reason", .string(reason.rawValue)) }
    if let first = result.firstReason { object.append("first_reason", .string(first.rawValue)) }
    if let sequence = result.sequence { object.append("seq", .integer(sequence)) }
    if let timestamp = result.timestamp { object.append("timestamp", .integer(timestamp)) }
    if result.status != .refused { object.append("balances", json(result.balances)) }
    return .object(object)
  }

  /// `{account:{"posted","pending","available"}}`, minor units.
  package static func json(_ balances: [AccountBalances]) -> JSON {
    .object(JSON.Object(balances.map { (name: $0.account.text, value: json($0.balances)) }))
  }

  private static func json(_ balances: Balances) -> JSON {
    [
      "posted": .integer(balances.posted), "pending": .integer(balances.pending),
      "available": .integer(balances.available),
    ]
  }

  /// `{"account","asset","posted","pending","available","flags","floor"}`, minor units; the asset is null before
  /// the first transfer.
  package static func json(_ account: Account) -> JSON {
    [
      "account": .string(account.name.text), "asset": account.asset.map { .string($0.name) } ?? .null,
      "posted": .integer(account.balances.posted), "pending": .integer(account.balances.pending),
      "available": .integer(account.balances.available), "flags": .array(account.flags.map { .string($0) }),
      "floor": account.name.isWorld ? .null : .integer(account.floor),
    ]
  }

  /// The body for accounts of one name; nil for none. `world`, which has totals per asset, has them in `assets`.
  package static func json(_ accounts: [Account]) -> JSON? {
    guard let first = accounts.first else { return nil }
    if !first.name.isWorld { return json(first) }
    return ["account": "world", "assets": .array(accounts.map { json($0) })]
  }

  /// A transfer with what became of it, `naming` being the entries that resolve or reverse it. A hold's `state` is
  /// `pending`, `posted`, `voided` or `expired` at `now`; any other's is `posted`.
  package static func json(_ stored: StoredEntry, naming: [StoredEntry], now: Int64) -> JSON {
    let entry = stored.entry
    var object = JSON.Object()
    object.append("id", .string(entry.id.description))
    object.append("seq", .integer(entry.sequence))
    object.append("timestamp", .integer(entry.timestamp))
    object.append("kind", .string(name(of: entry.kind)))
    object.append("state", .string(state(of: entry, naming: naming, now: now)))
    if let posting = entry.postings.first {
      object.append("from", .string(posting.source.text))
      object.append("to", .string(posting.destination.text))
      object.append("amount", posting.amount.json)
    }
    if let account = entry.changedAccount { object.append("account", .string(account.text)) }
    if let floor = entry.floor { object.append("floor", .integer(floor)) }
    if let isClosed = entry.isClosed { object.append("closed", .bool(isClosed)) }
    if let id = entry.pendingID { object.append("pending_id", .string(id.description)) }
    if let id = entry.reverses { object.append("reverses", .string(id.description)) }
    if entry.timeoutSeconds > 0 { object.append("timeout_seconds", .integer(Int64(entry.timeoutSeconds))) }
    if let chain = entry.chain { object.append("chain", .string(chain.description)) }
    object.append("code", .string(entry.code))
    object.append("reference", .string(entry.reference))
    if !entry.idempotencyKey.isEmpty { object.append("decision", .string(entry.idempotencyKey)) }
    let pairs = entry.callerMetadata.sorted { $0.key < $1.key }
    object.append("metadata", .object(JSON.Object(pairs.map { (name: $0.key.text, value: .string($0.value)) })))
    object.append("balances", json(stored.balances))
    let reversals = naming.filter { $0.entry.reverses == entry.id }
    object.append("reversed_by", .array(reversals.map { .string($0.entry.id.description) }))
    object.append("hash", .string(Hexadecimal.text(stored.hash)))
    return .object(object)
  }

  /// The name of an entry's kind on the wire: a hold is `pending`.
  package static func name(of kind: Entry.Kind) -> String {
    switch kind {
    case .posted: "posted"
    case .hold: "pending"
    case .post: "post"
    case .void: "void"
    case .reversal: "reversal"
    case .account: "account"
    case .decision: "decision"
    case .governance: "governance"
    case .anchor: "anchor"
    case .operatorAct: "operator"
    }
  }

  private static func state(of entry: Entry, naming: [StoredEntry], now: Int64) -> String {
    guard let hold = Hold(entry) else { return entry.kind == .void ? "voided" : "posted" }
    switch naming.lazy.compactMap({ Resolution($0.entry) }).first {
    case .posted: return "posted"
    case .voided: return "voided"
    case .expired: return "expired"
    case nil: return hold.isExpired(at: now) ? "expired" : "pending"
    }
  }
}
