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
        answer: Answer(
          "How the host is: degraded when the last reload failed and the old rules serve on",
          schema: APISchemas.reference("Health"),
          example: health(APIExamples.rulebook, isReady: true, version: version, AwarenessSchemas.briefExample))
      ) { _, _ in
        let isReady = control.unreadiness == nil
        return Response(json: health(control.status, isReady: isReady, version: version, await selfView()))
      },
      Endpoint(
        .get, "/health/live", name: "isLive", summary: "Whether the process answers",
        answer: word("It does", "live")
      ) { _, _ in Response(json: ["status": "live"]) },
      Endpoint(
        .get, "/health/ready", name: "isReady", summary: "Whether decisions are being served and kept",
        answer: word("They are; degraded when that is by rules that the files no longer hold", "ready", "degraded"),
        problems: [.unavailable]
      ) { _, _ in
        if let reason = control.unreadiness {
          throw ProblemDocument(.unavailable, reason, headers: [("retry-after", "1")])
        }
        return Response(json: ["status": control.status.lastReloadProblems.isEmpty ? "ready" : "degraded"])
      },
      Endpoint(
        .get, "/metrics", name: "getMetrics", summary: "All metrics in Prometheus' text format",
        answer: Answer(
          "The metrics", mediaType: PrometheusMetrics.contentType, schema: APISchemas.text,
          example: "# TYPE cascade_rulebook_generation gauge\ncascade_rulebook_generation 7\n")
      ) { _, _ in
        Response(bytes: Array(await metrics().utf8), mediaType: PrometheusMetrics.contentType)
      },
    ]
  }

  private static func health(
    _ status: RulebookStatus, isReady: Bool, version: String, _ selfView: JSON
  ) -> JSON {
    let word: JSON = !isReady ? "unavailable" : status.lastReloadProblems.isEmpty ? "ok" : "degraded"
    return [
      "status": word, "version": .string(version), "generation": .integer(Int64(status.generation)),
      "digest": .string(status.digest), "last_reload": status.json["last_reload"] ?? .null,
      "self": selfView,
    ]
  }

  private static func word(_ summary: String, _ words: JSON...) -> Answer {
    let schema: JSON = words.count == 1 ? ["const": words[0]] : ["enum": .array(words)]
    return Answer(summary, schema: APISchemas.record(JSON.Object([("status", schema)])), example: ["status": words[0]])
  }
}
