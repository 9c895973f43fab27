internal import Core
package import Decisions
internal import Hummingbird
package import Ledger

extension Endpoint {
  /// The ledger to look through, for operators: its accounts, its latest entries, its open holds, and proofs.
  package static func ledgerLists(_ store: any LedgerStore, notes: LedgerNotes) -> [Endpoint] {
    let lists = LedgerLists(store: store, notes: notes)
    let limit = LedgerLists.pageSize.parameter
    return [
      Endpoint(
        .get, "/v1/ledger/accounts", name: "listAccounts", summary: "Every account with its balances, by name",
        needsOperator: true,
        parameters: [
          Parameter("after", in: .query, "What `next` of the page before says", schema: APISchemas.text), limit,
        ],
        answer: Answer(
          "A page; the last one when `next` is null", schema: APISchemas.reference("LedgerAccounts"),
          example: LedgerExamples.accounts),
        problems: [.unavailable]
      ) { request, _ in try await lists.accounts(request) },
      Endpoint(
        .get, "/v1/ledger/entries", name: "listEntries", summary: "The ledger's entries, the latest first",
        needsOperator: true,
        parameters: [
          Parameter("account", in: .query, "Only those that concern this account", schema: APISchemas.text),
          Parameter(
            "before", in: .query, "Entries with a lower sequence than this: what `next` of the page before says",
            schema: ["type": "integer", "minimum": 1]),
          limit,
        ],
        answer: Answer(
          "A page; it may have fewer than `limit`, even none, and is the last one only when `next` is null",
          schema: APISchemas.reference("LedgerEntries"), example: LedgerExamples.entries),
        problems: [.unavailable]
      ) { request, _ in try await lists.entries(request) },
      Endpoint(
        .get, "/v1/ledger/holds", name: "listHolds", summary: "Money that is set aside, by the holds' ids",
        needsOperator: true, parameters: [limit],
        answer: Answer(
          "The first of them", schema: APISchemas.reference("LedgerHolds"), example: LedgerExamples.holds),
        problems: [.unavailable]
      ) { request, _ in try await lists.holds(request) },
      Endpoint(
        .get, "/v1/ledger/proofs/{id}", name: "proveEntry",
        summary: "That the ledger has an entry, for whoever has only its verifier key", needsOperator: true,
        parameters: [
          Parameter("id", in: .path, "The transfer's or the decision's id, a UUID", schema: APISchemas.text)
        ],
        answer: Answer(
          "What `cascade ledger prove` prints", mediaType: LedgerHandlers.noteType, schema: APISchemas.text,
          example: "c2sp.org/tlog-proof@v1\nindex 3\n…"),
        problems: [.malformedRequest, .notFound, .unavailable]
      ) { _, context in try await lists.proof(context.pathParameter("id")) },
    ]
  }
}

/// What the routes that look through the ledger do.
struct LedgerLists: Sendable {
  /// How long a page is.
  static let pageSize = PageSize(most: LedgerLimits.pageRows)
  /// Entries that are looked at for one page.
  static let looks = 5_000

  /// Where the ledger is kept.
  var store: any LedgerStore
  /// What proves that an entry is there.
  var notes: LedgerNotes

  /// `{"accounts":[…],"next"}`
  func accounts(_ request: Request) async throws -> Response {
    let limit = try Self.pageSize.read(request)
    let after = request.uri.queryParameters["after"].map { String($0) }
    let page = try await asking { () async throws(StoreError) in try await store.accounts(after: after, limit: limit) }
    let next = page.count == limit ? page.last.map { JSON.string($0.key.text) } ?? .null : .null
    return Response(json: ["accounts": .array(page.map { LedgerWire.json($0) }), "next": next])
  }

  /// `{"entries":[…],"next"}`. Looks back a number of entries, so that a rare account costs several pages.
  func entries(_ request: Request) async throws -> Response {
    let limit = try Self.pageSize.read(request)
    let query = request.uri.queryParameters
    var account: AccountName?
    if let text = query["account"] {
      account = AccountName(String(text))
      if account == nil { throw ProblemDocument(.invalidInput, "'\(text)' is no account's name") }
    }
    var before = try await asking { () async throws(StoreError) in try await store.head().sequence } + 1
    if let text = query["before"] {
      guard let sequence = Int64(text), sequence >= 1 else {
        throw ProblemDocument(.invalidInput, "before wants a sequence from 1, got '\(text)'")
      }
      before = min(before, sequence)
    }
    var found: [JSON] = []
    var looked = 0
    while found.count < limit, looked < Self.looks, before > 1 {
      let count = min(LedgerLimits.pageRows, Int(before - 1), account == nil ? limit - found.count : .max)
      let after = before - 1 - Int64(count)
      let rows = try await asking { () async throws(StoreError) in
        try await store.rows(after: after, limit: count)
      }
      if rows.isEmpty { break }
      for row in rows.reversed() where found.count < limit && row.sequence < before {
        before = row.sequence
        looked += 1
        let stored = try await asking { () throws(StoreError) in try row.read() }
        if account.map({ stored.concerns($0) }) ?? true { found.append(LedgerWire.entry(stored)) }
      }
    }
    return Response(json: ["entries": .array(found), "next": before > 1 ? .integer(before) : .null])
  }

  /// `{"holds":[{"id","from","to","amount","expires"}]}`
  func holds(_ request: Request) async throws -> Response {
    let limit = try Self.pageSize.read(request)
    let holds = try await asking { () async throws(StoreError) in try await store.openHolds(after: nil, limit: limit) }
    return Response(json: ["holds": .array(holds.map { LedgerWire.json($0) })])
  }

  /// The proof as a text.
  func proof(_ text: String) async throws -> Response {
    let missing = ProblemDocument(.notFound, "the ledger has no entry '\(text)'")
    guard let id = Identifier(text) else { throw missing }
    do {
      guard let proven = try await notes.proof(of: id) else { throw missing }
      return Response(bytes: Array(proven.text.utf8), mediaType: LedgerHandlers.noteType)
    } catch let error as StoreError {
      throw ProblemDocument(error)
    }
  }

  private func asking<Value>(
    _ body: () async throws(StoreError) -> Value
  ) async throws(ProblemDocument) -> Value {
    do throws(StoreError) { return try await body() } catch { throw ProblemDocument(error) }
  }
}

extension StoredEntry {
  /// Whether it moved or changed this account. O(postings).
  fileprivate func concerns(_ account: AccountName) -> Bool {
    entry.postings.contains { $0.source == account || $0.destination == account } || entry.changedAccount == account
  }
}

extension LedgerWire {
  /// An entry by itself, without what became of it later.
  fileprivate static func entry(_ stored: StoredEntry) -> JSON {
    let entry = stored.entry
    var object = JSON.Object([
      ("seq", .integer(entry.sequence)), ("id", .string(entry.id.description)),
      ("timestamp", .integer(entry.timestamp)),
      ("kind", .string(name(of: entry.kind))),
    ])
    if let posting = entry.postings.first {
      object.append("from", .string(posting.source.text))
      object.append("to", .string(posting.destination.text))
      object.append("amount", posting.amount.json)
    }
    if let account = entry.changedAccount { object.append("account", .string(account.text)) }
    if !entry.idempotencyKey.isEmpty { object.append("decision", .string(entry.idempotencyKey)) }
    if !entry.code.isEmpty { object.append("code", .string(entry.code)) }
    object.append("balances", json(stored.balances))
    return .object(object)
  }

  /// A hold as it stands.
  fileprivate static func json(_ hold: Hold) -> JSON {
    [
      "id": .string(hold.id.description), "from": .string(hold.from.text), "to": .string(hold.to.text),
      "amount": hold.amount.json, "expires": hold.expiresAt.map { .integer($0) } ?? .null,
    ]
  }
}

/// Schemas of the ledger's lists.
enum LedgerListSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    (
      "LedgerAccounts",
      record([
        ("accounts", APISchemas.list(APISchemas.reference("LedgerOwnAccount"))),
        ("next", ["type": ["string", "null"]]),
      ])
    ),
    ("LedgerEntries", record([("entries", APISchemas.list(entry)), ("next", ["type": ["integer", "null"]])])),
    ("LedgerHolds", record([("holds", APISchemas.list(hold))])),
  ]

  private static func record(_ members: [(name: String, value: JSON)], optional: Set<String> = []) -> JSON {
    APISchemas.record(JSON.Object(members), optional: optional)
  }

  private static let nanoseconds: JSON = ["type": "integer", "description": "nanoseconds since 1970"]
  private static let amount = APISchemas.reference("LedgerAmount")
  private static let entry = record(
    [
      ("seq", APISchemas.count), ("id", APISchemas.text), ("timestamp", nanoseconds), ("kind", APISchemas.text),
      ("from", APISchemas.text), ("to", APISchemas.text), ("amount", amount), ("account", APISchemas.text),
      ("decision", APISchemas.text), ("code", APISchemas.text), ("balances", ["type": "object"]),
    ], optional: ["from", "to", "amount", "account", "decision", "code"])
  private static let hold = record([
    ("id", APISchemas.text), ("from", APISchemas.text), ("to", APISchemas.text), ("amount", amount),
    ("expires", ["type": ["integer", "null"], "description": "nanoseconds since 1970"]),
  ])
}

extension LedgerExamples {
  static let accounts: JSON = [
    "accounts": [
      [
        "account": "citizen:anna", "asset": "DUC/2", "posted": 5000, "pending": 0, "available": 5000,
        "flags": ["no_overdraft"], "floor": 0,
      ]
    ], "next": .null,
  ]
  private static let moved: JSON = ["asset": "DUC/2", "minor": 5000]
  static let entries: JSON = [
    "entries": [
      [
        "seq": 3, "id": .string(RecordExamples.id), "timestamp": 1_700_000_000_000_000_000, "kind": "posted",
        "from": "world", "to": "citizen:anna", "amount": moved,
        "balances": ["citizen:anna": ["posted": 5000, "pending": 0, "available": 5000]],
      ]
    ], "next": 3,
  ]
  static let holds: JSON = [
    "holds": [
      [
        "id": .string(RecordExamples.id), "from": "citizen:anna", "to": "citizen:bruno", "amount": moved,
        "expires": .null,
      ]
    ]
  ]
}
