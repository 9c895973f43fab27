package import Core

/// An act of an operator, or the attempt.
package struct AuditEvent: Sendable, Equatable {
  /// When, milliseconds since 1970.
  package var milliseconds: Int64
  /// Who: `operator:` and a token's `jti`, `holders` for what signatures justify, or `local:` and the number of the
  /// system's user who ran a command or saved a file.
  package var who: String
  /// The `sub` of that token; empty where there is none.
  package var subject: String
  /// What, by the name of the operation: `reloadRulebook`, `revokeToken`.
  package var what: String
  /// From where: an address, `command`, or for a reload that nobody asked for over HTTP `watch` or `signal`.
  package var from: String
  /// ``done``, or the code of the refusal.
  package var outcome: String
  /// What it was about: names and ids, never a secret.
  package var details: [(name: String, value: String)]

  /// The outcome of what wasn't refused.
  package static let done = "done"

  package init(
    milliseconds: Int64, who: String, subject: String = "", what: String, from: String, outcome: String = done,
    details: [(name: String, value: String)] = []
  ) {
    self.milliseconds = milliseconds
    self.who = who
    self.subject = subject
    self.what = what
    self.from = from
    self.outcome = outcome
    self.details = details
  }

  /// `{"at","who","subject","what","from","outcome","details"}`.
  package var json: JSON {
    [
      "at": .integer(milliseconds), "who": .string(who), "subject": .string(subject), "what": .string(what),
      "from": .string(from), "outcome": .string(outcome),
      "details": .object(JSON.Object(details.map { ($0.name, .string($0.value)) })),
    ]
  }

  /// Reads ``json`` back; nil when a member is missing or malformed.
  package init?(json: JSON) {
    guard let milliseconds = json["at"]?.integer, let who = json["who"]?.string, let what = json["what"]?.string,
      let from = json["from"]?.string, let outcome = json["outcome"]?.string, let details = json["details"]?.object
    else { return nil }
    self.init(
      milliseconds: milliseconds, who: who, subject: json["subject"]?.string ?? "", what: what, from: from,
      outcome: outcome, details: details.members.map { ($0.name, $0.value.string ?? "") })
  }

  /// The same in every member.
  package static func == (left: AuditEvent, right: AuditEvent) -> Bool { left.json == right.json }
}
