package import Citizens
internal import Core
internal import Hummingbird

extension Endpoint {
  /// The stream of what happens on this host, for operators, and for citizens what concerns them.
  package static func stream(
    _ hub: StreamHub, operators: OperatorGuard, authentication: CitizenAuthentication?
  ) -> [Endpoint] {
    let handlers = StreamHandlers(
      hub: hub, operators: operators, citizens: authentication.map { CitizenGuard(authentication: $0) })
    var endpoint = Endpoint(
      .get, "/v1/stream", name: "readStream",
      summary: "What happens, as it happens: for an operator all, for a citizen its own",
      parameters: [
        Parameter(
          "topics", in: .query,
          "Of what, separated by commas: \(StreamTopic.plain.map(\.name).joined(separator: ", ")), backtest:ID",
          schema: APISchemas.text),
        Parameter(
          "filter", in: .query, "Which decisions: point:NAME, or point:PREFIX* for all whose names begin so",
          schema: APISchemas.text),
        Parameter(
          "last_event_id", in: .query,
          "The id after which to go on, or `oldest`; a header Last-Event-ID wins. Without one, from now on",
          schema: APISchemas.text),
      ],
      answer: Answer(
        "Server-Sent Events without an end; NDJSON where `Accept` asks for application/x-ndjson",
        mediaType: StreamForm.events.mediaType, schema: APISchemas.text,
        example: .string("event: live\ndata: {}\n\n")),
      problems: [.unauthorized, .invalidToken, .invalidInput, .unavailable]
    ) { request, context in try await handlers.stream(request, context) }
    endpoint.citizen = .required
    return [endpoint]
  }
}
