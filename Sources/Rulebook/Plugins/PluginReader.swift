internal import Core

/// Something wrong in a plugin's table: where, as the keys that lead there, and what.
struct PluginProblem: Equatable {
  var path: [String]
  var text: String
}

/// Reads what a `plugin.lua` returned, and notes everything that is wrong with it.
struct PluginReader {
  private let name: String
  private var problems: [PluginProblem] = []

  private static let keys = ["name", "version", "summary", "doubts", "explain", "decisions"]
  private static let decisionKeys = [
    "summary", "input", "output", "uses", "debits", "credits", "refusals", "operators", "subject", "explain", "decide",
  ]

  private init(name: String) { self.name = name }

  /// The plugin in the folder `name`, whose `plugin.lua` with this `source` returned `json`. Throws everything
  /// that is wrong, each at its line. O(size).
  static func read(_ json: JSON, name: String, source: [UInt8]) throws(RulebookRejected) -> PluginDefinition {
    var reader = PluginReader(name: name)
    let plugin = reader.plugin(json)
    if reader.problems.isEmpty { return plugin }
    let lines = KeyLines(source: source)
    throw RulebookRejected(
      reader.problems.map { problem in
        let decision = problem.path.first == "decisions" && problem.path.count > 1 ? problem.path[1] + ": " : ""
        let position = lines.position(of: problem.path)
        return RulebookError(
          .invalidPlugin, file: "plugins/\(name)/plugin.lua", line: position?.line ?? 1, column: position?.column,
          decision + problem.text)
      })
  }

  private mutating func note(_ path: [String], _ text: String) {
    problems.append(PluginProblem(path: path, text: text))
  }

  private mutating func checkKeys(_ members: [(name: String, value: JSON)], _ known: [String], at path: [String]) {
    for (key, _) in members where !known.contains(key) {
      note(path + [key], "unknown key '\(key)'" + NearestName.suggestion(for: key, in: known))
    }
  }

  private mutating func plugin(_ json: JSON) -> PluginDefinition {
    var plugin = PluginDefinition(name: name, version: "", summary: "", decisions: [])
    guard let members = json.members else {
      note([], "must return a table with name, version and decisions")
      return plugin
    }
    checkKeys(members, Self.keys, at: [])
    if json["name"] != .string(name) {
      let given = json["name"]?.string.map { "'name' is '\($0)'" } ?? "'name' is missing"
      note(["name"], "\(given); it must be the folder's name, '\(name)'")
    }
    plugin.version = text("version", in: json, at: [], isRequired: true)
    plugin.summary = text("summary", in: json, at: [], isRequired: false)
    plugin.doubts = doubts(json["doubts"])
    guard let decisions = json["decisions"]?.members else {
      note(["decisions"], "'decisions' must be a table of decisions by name")
      return plugin
    }
    let explainsAll = explains(json, at: [])
    for (name, value) in decisions {
      if var decision = decision(value, name: name) {
        decision.hasWords = explains(value, at: ["decisions", name]) || explainsAll
        plugin.decisions.append(decision)
      }
    }
    plugin.decisions.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return plugin
  }

  private mutating func text(_ key: String, in json: JSON, at path: [String], isRequired: Bool) -> String {
    let value = json[key]
    if value == nil, !isRequired { return "" }
    guard let text = value?.string, !text.isEmpty else {
      note(path + [key], "'\(key)' must be a text: \(key) = \"…\"")
      return ""
    }
    return text
  }

  private mutating func doubts(_ json: JSON?) -> [PolicyDoubt] {
    guard let json, json.members?.isEmpty != true else { return [] }
    let doubts = (json.array ?? []).compactMap { item -> PolicyDoubt? in
      guard let policy = item["policy"]?.string, let key = item["key"]?.string, let message = item["message"]?.string,
        item.members?.count == 3
      else { return nil }
      return PolicyDoubt(policy: policy, path: key.pieces(at: ".").map { String($0) }, message: message)
    }
    if doubts.isEmpty || doubts.count != json.array?.count {
      note(["doubts"], "'doubts' must be a list of { policy = \"fees\", key = \"packages.noble\", message = \"…\" }")
    }
    return doubts
  }

  /// Whether there is a function that says in words to a citizen why it came out so.
  private mutating func explains(_ json: JSON, at path: [String]) -> Bool {
    guard let value = json["explain"] else { return false }
    if value["$function"]?.integer == nil {
      note(path + ["explain"], "'explain' must be a function of input, result and why")
    }
    return true
  }

  private mutating func flag(_ key: String, in json: JSON, at path: [String]) -> Bool {
    guard let value = json[key] else { return false }
    if value.bool == nil { note(path + [key], "'\(key)' must be true or false") }
    return value.bool ?? false
  }

  private mutating func decision(_ json: JSON, name decisionName: String) -> DecisionDefinition? {
    let path = ["decisions", decisionName]
    if !Self.isDecisionName(decisionName) {
      note(path, "a decision's name is 'noun.verb', in small letters, digits and '_'; write it like '\(name).ask'")
    }
    guard let members = json.members else {
      note(path, "must be a table with input, output and decide")
      return nil
    }
    checkKeys(members, Self.decisionKeys, at: path)
    let line = json["decide"]?["$function"]?.integer
    if line == nil {
      note(json["decide"] == nil ? path : path + ["decide"], "'decide' must be a function of input and host")
    }
    var schemas = SchemaReader()
    let input = schemas.record(json["input"], at: path + ["input"])
    let output = schemas.record(json["output"], at: path + ["output"])
    for problem in schemas.problems {
      let field = problem.path.dropFirst(2).joined(separator: ".")
      note(problem.path, "\(field): \(problem.text)")
    }
    return DecisionDefinition(
      name: decisionName, plugin: name, summary: text("summary", in: json, at: path, isRequired: false),
      input: input, output: output, uses: uses(json["uses"], at: path + ["uses"]),
      debits: accounts(json["debits"], at: path + ["debits"]),
      credits: json["credits"].map { accounts($0, at: path + ["credits"]) },
      refusals: json["refusals"].map { refusals($0, at: path + ["refusals"]) },
      isForOperators: flag("operators", in: json, at: path),
      line: line.map(Int.init), subject: subject(json["subject"], of: input, at: path + ["subject"]))
  }

  private mutating func subject(_ json: JSON?, of input: RecordSchema, at path: [String]) -> String? {
    guard let json else { return nil }
    let texts = input.fields.filter { $0.schema.value.isText }.map(\.name)
    if let name = json.string, texts.contains(where: { $0.isSame(as: name) }) { return name }
    let suggestion = json.string.map { NearestName.suggestion(for: $0, in: texts) } ?? ""
    note(path, "'subject' must be the name of a field of the input that is a text" + suggestion)
    return nil
  }

  private mutating func list(_ json: JSON?, at path: [String], of what: String) -> [String] {
    guard let json, json.members?.isEmpty != true else { return [] }
    let texts = (json.array ?? []).compactMap(\.string)
    if texts.isEmpty || texts.count != json.array?.count {
      note(path, "'\(path.last ?? "")' must be a list of \(what)")
    }
    return texts
  }

  private mutating func uses(_ json: JSON?, at path: [String]) -> [HostCallName] {
    var calls: [HostCallName] = []
    for name in list(json, at: path, of: "host calls' names") {
      if let call = HostCallName(rawValue: name) {
        calls.append(call)
      } else {
        let known = HostCallName.allCases.map(\.rawValue)
        note(path, "unknown host call '\(name)'" + NearestName.suggestion(for: name, in: known))
      }
    }
    return calls
  }

  private mutating func accounts(_ json: JSON?, at path: [String]) -> [AccountPattern] {
    var patterns: [AccountPattern] = []
    for text in list(json, at: path, of: "account names such as 'bridge' or 'citizen:*'") {
      if text.isSame(as: "world") {
        note(path, "'world' is where money comes from, and only an operator's to move; name another account")
      } else if let pattern = AccountPattern(text) {
        patterns.append(pattern)
      } else {
        note(path, "'\(text)' is no account name with '*' in place of a segment; write it like 'citizen:*'")
      }
    }
    return patterns
  }

  private mutating func refusals(_ json: JSON, at path: [String]) -> [DeclaredRefusal] {
    var found: [DeclaredRefusal] = []
    if let members = json.object?.members {
      found = members.map { DeclaredRefusal(code: $0.name, summary: $0.value.string ?? "") }
      if members.contains(where: { $0.value.string == nil }) {
        note(path, "'refusals' by name have a text each: refusals = { below_minimum = \"the amount is too small\" }")
      }
    } else {
      found = list(json, at: path, of: "codes, such as \"below_minimum\"").map { DeclaredRefusal(code: $0) }
    }
    for refusal in found where !Self.isWord(refusal.code) {
      note(path, "'\(refusal.code)' is no code of a refusal: small letters, digits and '_', 63 at most")
    }
    return found.sorted { $0.code.utf8.lexicographicallyPrecedes($1.code.utf8) }
  }

  /// Small letters, digits and `_`, beginning with a letter.
  private static func isWord(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, (0x61...0x7A).contains(first), text.utf8.count < 64 else { return false }
    return text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  private static func isDecisionName(_ name: String) -> Bool {
    let parts = name.pieces(at: ".")
    return parts.count == 2 && name.utf8.count <= 100 && parts.allSatisfy(isWord)
  }
}
