package import Core
package import Hummingbird

/// One route: what registers it and what describes it in the OpenAPI document.
package struct Endpoint: Sendable {
  /// A parameter in the path, the query or the head.
  package struct Parameter: Sendable {
    /// The part of the request that has the parameter.
    package enum Place: String, Sendable {
      /// In braces in the path; never absent.
      case path
      /// Behind the question mark; may be absent.
      case query
      /// A field of the request's head; never absent.
      case header
    }

    /// The parameter's name in the request.
    package var name: String
    /// The part of the request that has it.
    package var place: Place
    /// One line for people.
    package var summary: String
    /// JSON Schema of the value.
    package var schema: JSON

    /// A parameter whose text has to fit `schema`.
    package init(_ name: String, in place: Place, _ summary: String, schema: JSON) {
      self.name = name
      self.place = place
      self.summary = summary
      self.schema = schema
    }
  }

  /// The answer when nothing is wrong.
  package struct Answer: Sendable {
    /// One line for people.
    package var summary: String
    /// 200, unless something is made.
    package var status: Int
    /// What kind of body it is.
    package var mediaType: String
    /// JSON Schema of the body.
    package var schema: JSON
    /// A body, made by what makes the real ones.
    package var example: JSON

    package init(
      _ summary: String, status: Int = 200, mediaType: String = "application/json", schema: JSON, example: JSON
    ) {
      self.summary = summary
      self.status = status
      self.mediaType = mediaType
      self.schema = schema
      self.example = example
    }
  }

  /// What an access token of a citizen does for a request.
  package enum CitizenToken: Sendable {
    /// It may be there, and then says who asks.
    case optional
    /// It must be there.
    case required
  }

  /// Answers a request; throws a ``ProblemDocument`` to refuse it.
  package typealias Handler = @Sendable (Request, APIContext) async throws -> Response

  /// The method; `HEAD` comes with `GET`.
  package var method: HTTPRequest.Method
  /// The path, parameters in braces: `/v1/decisions/{point}`.
  package var path: String
  /// The operation's name, unique: `getDecision`.
  package var name: String
  /// One line for people.
  package var summary: String
  /// Whether only an operator may.
  package var needsOperator: Bool
  /// Whether holders' signatures are the authority; what comes of them is kept as acts of operators are.
  package var isSigned = false
  /// What a citizen's access token does here; nil for nothing.
  package var citizen: CitizenToken?
  /// What it takes from path and query.
  package var parameters: [Parameter]
  /// Whether callers may append a query of their own, as probes, scrapers and payment providers do.
  private let takesAnyQuery: Bool
  /// JSON Schema and an example of the body it reads; nil when it reads none.
  package var body: (schema: JSON, example: JSON)?
  /// Whether it goes without a body, too.
  package var isBodyOptional = false
  /// The answer when nothing is wrong.
  package var answer: Answer
  /// The codes of its refusals, beside those every endpoint has.
  package var problems: [WireCode]
  /// Whether a reader may keep the answer, and ask by `If-None-Match` whether it is another one now.
  package var isCacheable = false
  /// The most bytes of a body where it isn't the port's limit; nil for that one.
  package var bodyBytes: Int?
  /// Makes the answer to a request.
  package var handler: Handler

  /// A route of these parts. Unless it `takesAnyQuery`, `handler` never sees one with other parameters than these.
  package init(
    _ method: HTTPRequest.Method, _ path: String, name: String, summary: String, needsOperator: Bool = false,
    parameters: [Parameter] = [], takesAnyQuery: Bool = false, body: (schema: JSON, example: JSON)? = nil,
    answer: Answer, problems: [WireCode] = [], handler: @escaping Handler
  ) {
    self.method = method
    self.path = path
    self.name = name
    self.summary = summary
    self.needsOperator = needsOperator
    self.parameters = parameters
    self.body = body
    self.answer = answer
    self.problems = problems
    let known = parameters.filter { $0.place == .query }.map(\.name)
    self.takesAnyQuery = takesAnyQuery
    self.handler = { request, context in
      if takesAnyQuery { return try await handler(request, context) }
      let unknown = request.uri.query.map { QueryNames.of($0) }?.filter { !known.contains($0) } ?? []
      if !unknown.isEmpty { throw ProblemDocument.unknownQuery(unknown, known: known) }
      return try await handler(request, context)
    }
  }

  /// The codes of all its refusals.
  var allProblems: [WireCode] {
    let common: [WireCode] =
      needsOperator ? [.unauthorized, .invalidToken, .bodyTooLarge, .internal] : [.bodyTooLarge, .internal]
    // A query that isn't known.
    let query: [WireCode] = takesAnyQuery || problems.contains(.invalidInput) ? [] : [.invalidInput]
    return problems + query + [.forbidden] + common
  }

  /// Whether the template fits `path`, whatever the method. O(length).
  func matches(path: some StringProtocol) -> Bool {
    let template = self.path.words(at: "/")
    let parts = path.words(at: "/")
    return template.count == parts.count
      && zip(template, parts).allSatisfy { $0.first == "{" || $0 == $1 }
  }
}
