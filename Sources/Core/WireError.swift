/// What a client is told of an error.
package struct WireProblem: Sendable, Equatable {
  /// What kind of error it is; decides the status.
  package var code: WireCode
  /// What happened this time, and what to do.
  package var detail: String
  /// What the reader needs beside these two, such as `reason` or `decision_id`.
  package var members: JSON.Object
  /// One entry for each thing that is wrong, where there are several.
  package var errors: [JSON] = []
  /// Seconds after which the same request may go through; nil where waiting doesn't help.
  package var retrySeconds: Int?

  /// A problem of this kind.
  package init(_ code: WireCode, _ detail: String, members: JSON.Object = JSON.Object(), retrySeconds: Int? = nil) {
    (self.code, self.detail, self.members, self.retrySeconds) = (code, detail, members, retrySeconds)
  }

  /// A problem with its own word in `reason`.
  package init(_ code: WireCode, _ detail: String, reason: String, retrySeconds: Int? = nil) {
    self.init(code, detail, members: JSON.Object([("reason", .string(reason))]), retrySeconds: retrySeconds)
  }
}

/// An error that clients meet: beside its cases it says what they are told of each, and one place, the server's
/// `ProblemDocument`, makes a response of that.
package protocol WireError: Error {
  /// What a client is told.
  var wireProblem: WireProblem { get }
}
