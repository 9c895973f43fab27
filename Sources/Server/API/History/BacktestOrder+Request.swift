internal import Core
internal import Decisions

extension BacktestCandidate {
  /// Reads `{"files":{path:text}}` or `{"generation":N}`, where N may be a digest. Throws what is wrong with it.
  init(request json: JSON?) throws(ProblemDocument) {
    func invalid(_ detail: String) -> ProblemDocument { ProblemDocument(.invalidInput, detail) }
    let members = json?.object?.members ?? []
    guard members.count == 1, let member = members.first else {
      throw invalid(#"candidate is {"files":{PATH:TEXT}} with every file of a rulebook, or {"generation":N}"#)
    }
    switch member.name {
    case "files":
      guard let files = member.value.object?.members else { throw invalid("candidate.files is an object of texts") }
      var sent: [ExactText: [UInt8]] = [:]
      for file in files {
        guard let text = file.value.string else {
          throw invalid("candidate.files: \(VisibleText.line(file.name)) wants a text")
        }
        sent[ExactText(file.name)] = Array(text.utf8)
      }
      self = .files(sent)
    case "generation":
      if let number = member.value.integer, number >= 1 {
        self = .generation(number)
      } else if let digest = member.value.string, digest.begins(with: "sha256:") {
        self = .digest(digest)
      } else {
        throw invalid("candidate.generation wants the number or the digest of a generation, got \(member.value.text)")
      }
    default: throw invalid("candidate has no '\(VisibleText.line(member.name))'; there are files and generation")
    }
  }
}

extension BacktestOrder {
  private static let fields = [
    "candidate", "points", "since", "until", "subject", "limit", "answers", "mode", "gate", "subjects", "redact",
  ]

  /// Reads the body of a request. Throws what is wrong with it, by its field.
  init(request json: JSON) throws(ProblemDocument) {
    guard let object = json.object else { throw ProblemDocument(.malformedRequest, "the body is no object") }
    for member in object.members where !Self.fields.contains(member.name) {
      throw Self.invalid(
        "unknown field '\(VisibleText.line(member.name))'; there are \(Self.fields.joined(separator: ", "))")
    }
    self.init(try BacktestCandidate(request: json["candidate"]))
    query.points = Set(try Self.texts("points", json))
    query.since = try Self.count("since", "milliseconds since 1970", json, from: 0)
    query.until = try Self.count("until", "milliseconds since 1970", json, from: 0)
    query.subject = try Self.text("subject", json)
    query.limit = try Self.count("limit", "a whole number", json, from: 1).map { Int($0) }
    query.answers = try Self.choice("answers", json) ?? query.answers
    query.mode = try Self.choice("mode", json) ?? query.mode
    view.redacted = try Self.texts("redact", json)
    for pointer in view.redacted where !pointer.begins(with: "/") {
      throw Self.invalid("redact wants JSON pointers such as /citizen, got '\(VisibleText.line(pointer))'")
    }
    if let shows = json["subjects"], shows != .null {
      guard let shows = shows.bool else { throw Self.invalid("subjects wants true or false, got \(shows.text)") }
      view.showsSubjects = shows
    }
    if let gate = json["gate"], gate != .null {
      do throws(UsageError) {
        view.gate = try BacktestGate(json: gate)
      } catch {
        throw Self.invalid("gate: \(error)")
      }
    }
  }

  private static func invalid(_ detail: String) -> ProblemDocument { ProblemDocument(.invalidInput, detail) }

  private static func text(_ name: String, _ json: JSON) throws(ProblemDocument) -> String? {
    guard let value = json[name], value != .null else { return nil }
    guard let text = value.string, !text.isEmpty else { throw invalid("\(name) wants a text, got \(value.text)") }
    return text
  }

  /// One of the names of a type; nil when none is given.
  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ json: JSON
  ) throws(ProblemDocument) -> Choice? {
    guard let text = try text(name, json) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw invalid("\(name) has no '\(VisibleText.line(text))'; there are \(names)")
  }

  private static func texts(_ name: String, _ json: JSON) throws(ProblemDocument) -> [String] {
    guard let value = json[name], value != .null else { return [] }
    guard let list = value.array else { throw invalid("\(name) wants a list of texts, got \(value.text)") }
    var texts: [String] = []
    for element in list {
      guard let text = element.string else { throw invalid("\(name) wants a list of texts, got \(element.text)") }
      texts.append(text)
    }
    return texts
  }

  private static func count(
    _ name: String, _ what: String, _ json: JSON, from least: Int64
  ) throws(ProblemDocument) -> Int64? {
    guard let value = json[name], value != .null else { return nil }
    guard let count = value.integer, count >= least else { throw invalid("\(name) wants \(what), got \(value.text)") }
    return count
  }
}
