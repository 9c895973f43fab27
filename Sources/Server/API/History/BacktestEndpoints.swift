internal import Core
package import Decisions
internal import Hummingbird

extension Endpoint {
  /// What a change of the rules would have done to recorded decisions, for operators.
  package static func backtests(_ book: BacktestBook) -> [Endpoint] {
    let handlers = BacktestHandlers(book: book)
    let id = Parameter("id", in: .path, "The backtest's id", schema: APISchemas.text)
    let problems: [WireCode] = [.notFound, .malformedRequest]
    return [
      begin(handlers),
      Endpoint(
        .get, "/v1/backtests/{id}", name: "getBacktest", summary: "A backtest as it stands, with its report once done",
        needsOperator: true, parameters: [id],
        answer: Answer(
          "The backtest; it is kept until the host ends or \(BacktestLimits().kept) others came after it",
          schema: APISchemas.reference("Backtest"), example: HistoryExamples.done),
        problems: problems
      ) { _, context in try handlers.backtest(context) },
      flips(handlers, id, problems),
      Endpoint(
        .delete, "/v1/backtests/{id}", name: "deleteBacktest", summary: "Ends a backtest and forgets it",
        needsOperator: true, parameters: [id],
        answer: Answer(
          "It is gone, and another one can be begun", schema: APISchemas.reference("EndedBacktest"),
          example: ["id": .string(HistoryExamples.id)]),
        problems: problems
      ) { _, context in try await handlers.remove(context) },
    ]
  }

  private static func begin(_ handlers: BacktestHandlers) -> Endpoint {
    var begin = Endpoint(
      .post, "/v1/backtests", name: "beginBacktest",
      summary: "Runs recorded decisions by other rules, in the background; the candidate is checked first",
      needsOperator: true, body: (APISchemas.reference("NewBacktest"), HistoryExamples.order),
      answer: Answer(
        "It runs; `Location` says where it is, and the stream's topic `backtest:ID` tells how far", status: 202,
        schema: APISchemas.reference("Backtest"), example: HistoryExamples.running),
      problems: [.loadFailed, .invalidInput, .malformedRequest, .refused, .unavailable]
    ) { request, context in try await handlers.begin(request, context) }
    begin.bodyBytes = BacktestLimits.requestBytes
    return begin
  }

  private static func flips(_ handlers: BacktestHandlers, _ id: Parameter, _ problems: [WireCode]) -> Endpoint {
    let classes = BacktestClass.allCases.filter { $0 != .same && $0 != .costOnly }
    return Endpoint(
      .get, "/v1/backtests/{id}/flips", name: "getFlips",
      summary: "The records that a change does something to, or of which nobody can say, the latest first",
      needsOperator: true,
      parameters: [
        id,
        Parameter(
          "class", in: .query, "Of this class only", schema: ["enum": .array(classes.map { .string($0.rawValue) })]),
        Parameter("point", in: .query, "Of this decision only, such as bridge.quote", schema: APISchemas.text),
        Parameter(
          "after", in: .query, "Behind this record: what `next` of the page before says",
          schema: ["type": "string", "format": "uuid"]),
        RecordHandlers.pageSize.parameter,
      ],
      answer: Answer(
        "A page; the last one when `next` is null. `all` is false when there were more than are kept",
        schema: APISchemas.reference("Flips"), example: HistoryExamples.flips),
      problems: problems + [.invalidInput]
    ) { request, context in try handlers.flips(request, context) }
  }
}
