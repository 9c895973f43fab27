internal import Core
internal import Decisions
internal import Hummingbird
internal import Ledger
internal import Logging

/// What the ledger's routes do.
struct LedgerHandlers: Sendable {
  /// Where the ledger is kept.
  var store: any LedgerStore
  /// The logs of records that a checkpoint names; nil when there are none.
  var records: (any RecordHeads)?
  /// Who signs checkpoints; nil leaves them unsigned.
  var signer: (any CheckpointSigner)?
  /// Who signs them as notes; nil when nobody does.
  var notes: LedgerNotes?

  /// What kind of body a note is.
  static let noteType = "text/plain; charset=utf-8"

  /// Takes the events of the body; one result each. O(events).
  func transfer(_ request: Request, _ context: APIContext) async throws -> Response {
    // A number too large for a double is refused like any other amount that is too large.
    let limits = JSON.ParsingLimits(takesInfiniteNumbers: true)
    guard let events = LedgerWire.events(try await request.json(limits: limits)) else {
      throw ProblemDocument(.malformedRequest, #"the body is no {"events":[…]}"#)
    }
    let results = try await commit(events.map(\.event), context)
    return Response(json: LedgerWire.results(results, ids: events.map(\.id)))
  }

  /// The transfer with this id, and what became of it.
  func transfer(named text: String, _ context: APIContext) async throws -> Response {
    let missing = ProblemDocument(.notFound, "the ledger has no transfer '\(text)'")
    guard let id = Identifier(text) else { throw missing }
    return try await asking(context) { () async throws(StoreError) in
      guard let stored = try await store.entry(id) else { return Response(missing) }
      let naming = try await store.entries(naming: id)
      // Ledger time never runs behind its last entry.
      let now = try await store.now()
      return Response(json: LedgerWire.json(stored, naming: naming, now: now))
    }
  }

  /// The account of this name.
  func account(named text: String, _ context: APIContext) async throws -> Response {
    let missing = ProblemDocument(.notFound, "the ledger has no account '\(text)'")
    guard let name = AccountName(text) else { throw missing }
    return try await asking(context) { () async throws(StoreError) in
      LedgerWire.json(try await store.accounts(named: name)).map { Response(json: $0) } ?? Response(missing)
    }
  }

  /// Changes the account as the body says; answers with what it is then.
  func change(_ text: String, _ request: Request, _ context: APIContext) async throws -> Response {
    guard let name = AccountName(text) else { throw Self.refused("'\(text)' is no account's name", .invalidFrom) }
    let body = try await request.json()
    guard body.object != nil else { throw ProblemDocument(.malformedRequest, "the body is no object") }
    var generator = IdentifierGenerator()
    let change = LedgerWire.accountChange(body, account: name, id: generator.next())
    if case .event(let event) = change, let kept = try await same(event, name, context) { return kept }
    let result = try await commit([change], context).first
    if let reason = result?.reason {
      throw Self.refused("account \(name) can't be changed so: \(reason.rawValue)", reason)
    }
    return try await account(named: text, context)
  }

  /// The account, when it is what `event` asks for already: asking again writes nothing.
  private func same(_ event: LedgerEvent, _ name: AccountName, _ context: APIContext) async throws -> Response? {
    if event.floor == nil && event.isClosed == nil || name.isWorld { return nil }
    return try await asking(context) { () async throws(StoreError) in
      guard let account = try await store.account(name), event.floor ?? account.floor == account.floor,
        event.isClosed ?? account.isClosed == account.isClosed
      else { return nil }
      return Response(json: LedgerWire.json(account))
    }
  }

  /// Where the chain of hashes ends, signed when there is someone to sign.
  func checkpoint(_ context: APIContext) async throws -> Response {
    let head = try await asking(context) { () async throws(StoreError) in try await store.head() }
    let checkpoint = Checkpoint(ledger: store.ledgerID, head: head, records: try await records?.heads() ?? [])
    let signature = try signer.map { try checkpoint.signed(by: $0) }
    return Response(json: SignedCheckpoint(checkpoint, signature: signature).json)
  }

  /// The checkpoint of the tree over the entries, as a note.
  func note(_ context: APIContext) async throws -> Response {
    guard let notes else { throw ProblemDocument(.notFound, "nobody signs this ledger's checkpoints as notes") }
    do {
      return Response(bytes: Array(try await notes.checkpoint().utf8), mediaType: Self.noteType)
    } catch let error as StoreError {
      throw problem(error, context)
    }
  }

  private func commit(_ events: [SubmittedEvent], _ context: APIContext) async throws -> [EventResult] {
    let receipt = try await asking(context) { () async throws(StoreError) in
      try await store.commit(
        Submission(events, authority: .operator, requester: context.requester ?? "")
      ).receipt
    }
    guard case .results(let results) = receipt else {
      throw ProblemDocument(.internal, "the ledger answered for a decision where none was made")
    }
    return results
  }

  /// Runs `body`; what keeps the store from its work becomes a problem, and its cause goes to the log.
  private func asking<Value>(
    _ context: APIContext, _ body: () async throws(StoreError) -> Value
  ) async throws(ProblemDocument) -> Value {
    do throws(StoreError) {
      return try await body()
    } catch {
      throw problem(error, context)
    }
  }

  private func problem(_ error: StoreError, _ context: APIContext) -> ProblemDocument {
    context.logger.error("the ledger can't answer", metadata: ["code": "\(error.code)", "error": "\(error)"])
    return ProblemDocument(error)
  }

  private static func refused(_ detail: String, _ reason: RefusalReason) -> ProblemDocument {
    let members = JSON.Object([("reason", .string(reason.rawValue))])
    return ProblemDocument(reason.isRemembered ? .refused : .invalidInput, detail, members: members)
  }
}
