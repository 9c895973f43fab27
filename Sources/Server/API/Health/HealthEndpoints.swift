internal import Core
internal import Decisions
internal import Hummingbird
internal import Observability

extension Endpoint {
  /// What watches over the host asks.
  static func health(
    _ control: any HostControl, version: String, metrics: @escaping @Sendable () async -> String,
    selfView: @escaping @Sendable () async -> JSON
  ) -> [Endpoint] {
    [
      Endpoint(
        .get, "/health", name: "getHealth", summary: "How the host is, for people",
        takesAnyQuery: true,
        answer: Answer(
          "How the host is: degraded when the rules serve on and something speaks against them",
          schema: APISchemas.reference("Health"),
          example: health(APIExamples.rulebook, "ok", version: version, AwarenessSchemas.briefExample))
      ) { _, _ in
        let status = control.standing.status
        let word = status == .ready ? "ok" : status.rawValue
        return Response(json: health(control.status, word, version: version, await selfView()))
      },
      Endpoint(
        .get, "/health/live", name: "isLive", summary: "Whether the process answers",
        takesAnyQuery: true,
        answer: word("It does", "live")
      ) { _, _ in Response(json: ["status": "live"]) },
      Endpoint(
        .get, "/health/ready", name: "isReady", summary: "Whether decisions are being served and kept",
        takesAnyQuery: true,
        answer: word(
          "They are; degraded when something speaks against the host all the same, as `reason` says", "ready",
          "degraded"),
        problems: [.unavailable]
      ) { _, _ in
        let standing = control.standing
        var body = JSON.Object([("status", .string(standing.status.rawValue))])
        if let reason = standing.reason {
          if standing.status == .unavailable {
            throw ProblemDocument(.unavailable, reason, headers: [("retry-after", "1")])
          }
          body.append("reason", .string(reason))
        }
        return Response(json: .object(body))
      },
      Endpoint(
        .get, "/metrics", name: "getMetrics", summary: "All metrics in Prometheus' text format",
        takesAnyQuery: true,
        answer: Answer(
          "The metrics", mediaType: PrometheusMetrics.contentType, schema: APISchemas.text,
          example: "# TYPE cascade_rulebook_generation gauge\ncascade_rulebook_generation 7\n")
      ) { _, _ in
        Response(bytes: Array(await metrics().utf8), mediaType: PrometheusMetrics.contentType)
      },
    ]
  }

  private static func health(
    _ status: RulebookStatus, _ word: String, version: String, _ selfView: JSON
  ) -> JSON {
    [
      "status": .string(word), "version": .string(version), "generation": .integer(Int64(status.generation)),
      "digest": .string(status.digest), "last_reload": status.json["last_reload"] ?? .null,
      "self": selfView,
    ]
  }

  private static func word(_ summary: String, _ words: JSON...) -> Answer {
    var schema = JSON.Object([("status", words.count == 1 ? ["const": words[0]] : ["enum": .array(words)])])
    if words.count > 1 { schema.append("reason", APISchemas.text) }
    return Answer(
      summary, schema: APISchemas.record(schema, optional: ["reason"]), example: ["status": words[0]])
  }
}
