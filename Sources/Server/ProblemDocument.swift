package import Core

/// An error as it goes over the wire: RFC 9457's members, the `code`, and what else the reader needs.
///
/// Throwing one from an endpoint answers with it.
package struct ProblemDocument: Error, Sendable {
  /// The media type of ``bytes``.
  package static let contentType: StaticString = "application/problem+json"

  /// What kind of error it is; decides the status.
  package var code: WireCode
  /// What happened this time, and what to do.
  package var detail: String
  /// One entry for each thing that is wrong, where there are several.
  package var errors: [JSON]
  /// Members beside those of the RFC, such as `decision_id` or `cost`.
  package var members: JSON.Object
  /// Fields of the response's head, names in lower case.
  package var headers: [(name: String, value: String)]

  /// A problem; `headers` have names in lower case.
  package init(
    _ code: WireCode, _ detail: String, headers: [(String, String)] = [], errors: [JSON] = [],
    members: JSON.Object = JSON.Object()
  ) {
    self.code = code
    self.detail = detail
    self.errors = errors
    self.members = members
    self.headers = headers.map { (name: $0.0, value: $0.1) }
  }

  /// What a client is told of an error: the one place where errors of all the rooms become a response.
  package init(_ error: some WireError) { self.init(error.wireProblem) }

  /// The same of what is to be told.
  package init(_ problem: WireProblem) {
    var headers = problem.retrySeconds.map { [("retry-after", String($0))] } ?? []
    if let challenge = Self.challenge(problem.code) { headers.append(("www-authenticate", challenge)) }
    self.init(problem.code, problem.detail, headers: headers, errors: problem.errors, members: problem.members)
  }

  /// What a client without a valid token is asked for (RFC 6750, section 3); nil of any other error.
  private static func challenge(_ code: WireCode) -> String? {
    switch code {
    case .unauthorized: #"Bearer realm="cascade""#
    case .invalidToken: #"Bearer realm="cascade", error="invalid_token""#
    default: nil
    }
  }

  /// A refusal with its own word in `reason`.
  package init(refused reason: String, _ detail: String) {
    self.init(.refused, detail, members: JSON.Object([("reason", .string(reason))]))
  }

  /// That there is nothing at a path.
  static func nothing(at path: some StringProtocol) -> Self {
    Self(.notFound, "there is nothing at \(VisibleText.line(String(path)))")
  }

  /// That somebody tried more often than `rate` allows, as `what` says; the next try counts after `wait`.
  static func tooMany(_ what: String, _ rate: Rate, wait: Duration) -> Self {
    let seconds = max(1, Int((wait / .seconds(1)).rounded(.up)))
    return Self(
      .tooManyRequests, "\(what); the next one counts in \(seconds) seconds",
      headers: [
        ("retry-after", String(seconds)), ("ratelimit-limit", String(rate.burst)), ("ratelimit-remaining", "0"),
        ("ratelimit-reset", String(seconds)),
      ])
  }

  /// That a path knows other methods than the one it was asked with: these.
  static func knows(_ methods: [String]) -> Self {
    let allowed = methods.sorted().joined(separator: ", ")
    return Self(.methodNotAllowed, "this path knows \(allowed)", headers: [("allow", allowed)])
  }

  /// The status of the response.
  package var status: ErrorStatus { ErrorStatus(code) }

  /// `{"type","title","status","code","detail",…}`, the further members behind.
  package var json: JSON {
    let status = status
    var object = JSON.Object()
    object.append("type", .string("urn:cascade:error:" + code.rawValue))
    object.append("title", .string(status.title))
    object.append("status", .integer(Int64(status.number)))
    object.append("code", .string(code.rawValue))
    object.append("detail", .string(detail))
    if !errors.isEmpty { object.append("errors", .array(errors)) }
    for member in members.members { object[member.name] = member.value }
    return .object(object)
  }

  /// The body of the response. O(size).
  package var bytes: [UInt8] { json.bytes }
}
