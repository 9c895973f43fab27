internal import Core
internal import Decisions
internal import Hummingbird
internal import Rulebook

extension Endpoint {
  /// Which rules serve, and changing them.
  static func rulebook(_ control: any HostControl) -> [Endpoint] {
    [
      Endpoint(
        .get, "/v1/rulebook", name: "getRulebook", summary: "The rulebook that serves", answer: status("What serves")
      ) { _, _ in Response(json: control.status.json) },
      reload(control),
      Endpoint(
        .post, "/v1/rulebook/rollback", name: "rollBackRulebook",
        summary: "Activates the generation before, under a new number; a body is ignored", needsOperator: true,
        answer: status("What serves now"),
        problems: [.nothingToRollBack, .loadFailed]
      ) { _, _ in
        do throws(RulebookRejected) {
          return Response(json: try await control.rollback().json)
        } catch {
          throw ProblemDocument(error)
        }
      },
    ]
  }

  private static func reload(_ control: any HostControl) -> Endpoint {
    var endpoint = Endpoint(
      .post, "/v1/rulebook", name: "reloadRulebook",
      summary: "Reads the rulebook's files again and activates them; with a JSON body of `files` and the digest `base` "
        + "they were changed from, writes those first",
      needsOperator: true,
      parameters: [
        Parameter("specs", in: .query, "false leaves out the rulebook's own specs", schema: ["type": "boolean"]),
        Parameter(
          "removal", in: .query, "true allows that decisions which were asked for lately are gone",
          schema: ["type": "boolean"]),
      ],
      body: (APISchemas.reference("SavedRulebook"), WorkbenchExamples.saved),
      answer: status("What serves now; an unchanged rulebook keeps its generation"),
      problems: [.loadFailed, .invalidInput, .malformedRequest, .conflict, .rulebookReadOnly, .unsigned]
    ) { request, _ in
      if isDraft(request) { return try await save(request, control) }
      let runSpecs = try flag("specs", of: request) ?? true
      let allowRemoval = try flag("removal", of: request) ?? false
      do throws(RulebookRejected) {
        return Response(json: try await control.reload(runSpecs: runSpecs, allowRemoval: allowRemoval).json)
      } catch {
        throw ProblemDocument(error)
      }
    }
    endpoint.isBodyOptional = true
    endpoint.bodyBytes = DraftBody.bytes
    return endpoint
  }

  /// Whether the request brings files; any other body is ignored.
  private static func isDraft(_ request: Request) -> Bool {
    let kind = request.headers.value("content-type")?.pieces(at: ";").first.map { String($0.trimmed).lowercased() }
    return kind == "application/json"
  }

  private static func save(_ request: Request, _ control: any HostControl) async throws -> Response {
    let body = try await DraftBody(request, members: ["files", "base"])
    guard let base = body.json["base"]?.string else {
      throw ProblemDocument(.invalidInput, "base is the digest of the rulebook that the files were changed from")
    }
    do throws(RulebookSavingError) {
      return Response(json: try await control.save(body.draft, on: base).json)
    } catch {
      throw ProblemDocument(error)
    }
  }

  private static func status(_ summary: String) -> Answer {
    Answer(summary, schema: APISchemas.reference("Rulebook"), example: APIExamples.rulebook.json)
  }

  /// A query parameter that says `true` or `false`; nil without it.
  private static func flag(_ name: Substring, of request: Request) throws(ProblemDocument) -> Bool? {
    switch request.uri.queryParameters[name] {
    case nil: return nil
    case "true": return true
    case "false": return false
    case let other?:
      throw ProblemDocument(
        .invalidInput, "\(name) wants true or false, got '\(other)'")
    }
  }
}
