internal import Core
package import Decisions
internal import Hummingbird
internal import Logging

extension Endpoint {
  /// The records of decisions, for operators. `verdict` is what a shadow made of one, which is shown with it.
  package static func records(
    _ records: DecisionRecords, verdict: @escaping RecordHandlers.Verdict = { _ in nil }
  ) -> [Endpoint] {
    let handlers = RecordHandlers(records: records, verdict: verdict)
    return [
      Endpoint(
        .get, "/v1/records", name: "getRecords",
        summary: "Records of decisions, the latest first: what was asked, by which rulebook, what came of it",
        needsOperator: true,
        parameters: [
          Parameter("point", in: .query, "Of this decision only, such as tier.assign", schema: APISchemas.text),
          Parameter(
            "subject", in: .query,
            "About this subject only: the text in the field that the decision names as its subject, or in `citizen`",
            schema: APISchemas.text),
          Parameter(
            "since", in: .query, "Whose ids are of this time or a later one, milliseconds since 1970",
            schema: ["type": "integer", "minimum": 0]),
          Parameter(
            "until", in: .query, "Whose ids are of an earlier time, milliseconds since 1970",
            schema: ["type": "integer", "minimum": 0]),
          Parameter("refused", in: .query, "Only of those that were refused", schema: ["type": "boolean"]),
          Parameter(
            "reason", in: .query, "Only of those that failed for this reason, such as limit_exceeded",
            schema: APISchemas.text),
          Parameter(
            "where", in: .query, "Only those with this member, PATH=VALUE: `result.tier=observer`, `calls.0.call=…`",
            schema: ["type": "string", "maxLength": .integer(Int64(RecordFilter.Member.textBytes))]),
          Parameter(
            "before", in: .query, "Records with ids below this one: what `next` of the page before says",
            schema: ["type": "string", "format": "uuid"]),
          RecordHandlers.pageSize.parameter,
        ],
        answer: Answer(
          "A page; it may have fewer than `limit`, even none, and is the last one only when `next` is null",
          schema: APISchemas.reference("Records"),
          example: ["records": [RecordExamples.record], "next": .string(RecordExamples.id)]),
        problems: [.unavailable, .invalidInput]
      ) { request, context in try await handlers.page(request, context) },
      Endpoint(
        .get, "/v1/records/{id}", name: "getRecord", summary: "The record of one decision", needsOperator: true,
        parameters: [
          Parameter(
            "id", in: .path, "The decision's id; of one with effects, its idempotency key", schema: APISchemas.text)
        ],
        answer: Answer(
          "The record; `cascade replay` runs it again. `shadow`, what a shadow made of it, is no part of what is kept",
          schema: APISchemas.reference("Record"),
          example: RecordExamples.record),
        problems: [.malformedRequest, .notFound, .unavailable]
      ) { _, context in try await handlers.record(named: context.pathParameter("id"), context) },
    ]
  }

  /// Removes old records as `prune` does, before a time in milliseconds since 1970 and as somebody asked.
  package static func pruning(
    _ prune: @escaping @Sendable (Int64, String) async throws -> PrunedRecords
  ) -> Endpoint {
    let anchor = RecordAnchor(
      log: "local/0", first: 1, last: 80_000, before: [UInt8](repeating: 0, count: 32),
      after: [UInt8](repeating: 0xA7, count: 32))
    return Endpoint(
      .post, "/v1/records/prune", name: "pruneRecords",
      summary: "Removes full segments of records that were all made before a time; each leaves an anchor in the ledger",
      needsOperator: true,
      body: (APISchemas.reference("RecordPruning"), ["before": 1_790_000_000_000]),
      answer: Answer(
        "What went; when `unfinished`, ask again for the rest", schema: APISchemas.reference("PrunedRecords"),
        example: PrunedRecords(anchors: [anchor]).json),
      problems: [.malformedRequest, .invalidInput, .unavailable]
    ) { request, context in
      let body = try await request.json()
      guard body.object != nil else { throw ProblemDocument(.malformedRequest, "the body is no object") }
      guard let before = body["before"]?.integer, (0...WallClock.milliseconds()).contains(before),
        body.object?.members.count == 1
      else {
        throw ProblemDocument(
          .invalidInput, #"the body is {"before":MILLISECONDS}, since 1970, a time that is over"#)
      }
      do {
        return Response(json: try await prune(before, context.requester ?? "").json)
      } catch let error as StoreError {
        context.logger.error("records can't be pruned", metadata: ["code": "\(error.code)", "error": "\(error)"])
        throw ProblemDocument(error)
      }
    }
  }
}
