internal import Core
package import Decisions
internal import Hummingbird
package import Ledger

extension Endpoint {
  /// The ledger, for operators: transfers, accounts and the checkpoint.
  ///
  /// What changes the ledger is answered when it is durable. Without a `signer` checkpoints have `null` for a
  /// signature, and without `notes` there are none as notes.
  package static func ledger(
    _ store: any LedgerStore, records: (any RecordHeads)? = nil, signer: (any CheckpointSigner)? = nil,
    notes: LedgerNotes? = nil
  ) -> [Endpoint] {
    let handlers = LedgerHandlers(store: store, records: records, signer: signer, notes: notes)
    return [
      Endpoint(
        .post, "/v1/ledger/transfers", name: "createTransfers",
        summary: "Takes events in order, each sees the earlier ones; chains succeed or fail together",
        needsOperator: true,
        body: (APISchemas.reference("LedgerEvents"), LedgerExamples.events),
        answer: Answer(
          "One result per event, in order; a refused one has its reason", schema: APISchemas.reference("LedgerResults"),
          example: LedgerExamples.results),
        problems: [.malformedRequest, .unavailable]
      ) { request, context in try await handlers.transfer(request, context) },
      Endpoint(
        .get, "/v1/ledger/transfers/{id}", name: "getTransfer", summary: "A transfer and what became of it",
        needsOperator: true, parameters: [parameter("id", "The transfer's id, a UUID")],
        answer: Answer(
          "The transfer", schema: APISchemas.reference("LedgerTransfer"), example: LedgerExamples.transfer),
        problems: [.malformedRequest, .notFound, .unavailable]
      ) { _, context in try await handlers.transfer(named: context.pathParameter("id"), context) },
      Endpoint(
        .get, "/v1/ledger/accounts/{account}", name: "getAccount", summary: "An account's balances in minor units",
        needsOperator: true, parameters: [parameter("account", "The account's name, such as citizen:alice")],
        answer: account("The account; world has its totals per asset"),
        problems: [.malformedRequest, .notFound, .unavailable]
      ) { _, context in try await handlers.account(named: context.pathParameter("account"), context) },
      Endpoint(
        .put, "/v1/ledger/accounts/{account}", name: "changeAccount",
        summary: "Sets an account's floor, while it is empty, and whether it is closed", needsOperator: true,
        parameters: [parameter("account", "The account's name; a new one is made")],
        body: (APISchemas.reference("LedgerAccountChange"), LedgerExamples.accountChange),
        answer: account("The account as it is now; what it was already is not changed again"),
        problems: [.malformedRequest, .unavailable]
          + [.invalidInput, .refused]
      ) { request, context in try await handlers.change(context.pathParameter("account"), request, context) },
      Endpoint(
        .get, "/v1/ledger/checkpoint", name: "getCheckpoint",
        summary: "How long the ledger is and where its chain of hashes ends", needsOperator: true,
        answer: Answer(
          "The checkpoint; keep it, and `cascade ledger verify --checkpoint` shows later that nothing was cut",
          schema: APISchemas.reference("LedgerCheckpoint"), example: LedgerExamples.checkpoint),
        problems: [.unavailable]
      ) { _, context in try await handlers.checkpoint(context) },
      Endpoint(
        .get, "/v1/ledger/checkpoint.note", name: "getCheckpointNote",
        summary: "The root of the tree over the ledger's entries, as a signed note", needsOperator: true,
        answer: Answer(
          "A C2SP checkpoint; `cascade ledger note-key` prints the key that it verifies with",
          mediaType: LedgerHandlers.noteType, schema: APISchemas.text, example: .string(LedgerExamples.note)),
        problems: [.notFound, .unavailable]
      ) { _, context in try await handlers.note(context) },
    ]
  }

  private static func parameter(_ name: String, _ summary: String) -> Parameter {
    Parameter(name, in: .path, summary, schema: APISchemas.text)
  }

  private static func account(_ summary: String) -> Answer {
    Answer(summary, schema: APISchemas.reference("LedgerAccount"), example: LedgerExamples.account)
  }
}
