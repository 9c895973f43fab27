internal import Core
internal import LuaRuntime

/// The rulebook as a handbook, for those who vote on it: what is decided, by what it is asked and answers, what it
/// refuses and moves, and every number with the comment that stands beside it.
package struct Handbook: Sendable, Equatable {
  /// A piece of it, in order.
  enum Block: Sendable, Equatable {
    /// A heading; 1 is the title's level.
    case heading(Int, String)
    case paragraph(String)
    /// A table with a head.
    case table([String], [[String]])
  }

  let blocks: [Block]

  /// The handbook of a rulebook that has loaded. Throws what keeps its policies from being read. On a thread with the
  /// stack of machines; O(source).
  package init(_ rulebook: CheckedRulebook) throws(RulebookRejected) {
    var blocks: [Block] = [
      .heading(1, "The rulebook"),
      .paragraph("Digest \(rulebook.digest). Money is exact; a share is rounded once, as the rule says."),
    ]
    for plugin in rulebook.plugins where !plugin.decisions.isEmpty {
      blocks.append(.heading(2, "\(plugin.name) \(plugin.version)"))
      if !plugin.summary.isEmpty { blocks.append(.paragraph(plugin.summary)) }
      blocks += plugin.decisions.flatMap(Self.decision)
    }
    let numbers = try PolicyNumbers.read(rulebook.snapshot)
    for path in rulebook.snapshot.paths where RulebookPath(path)?.role == .policy {
      blocks += Self.policy(path, rulebook.snapshot.files[ExactText(path)] ?? [], numbers)
    }
    self.blocks = blocks
  }

  // MARK: Decisions

  private static func decision(_ decision: DecisionDefinition) -> [Block] {
    var blocks: [Block] = [.heading(3, decision.name)]
    if !decision.summary.isEmpty { blocks.append(.paragraph(decision.summary)) }
    blocks += fields("It is asked", decision.input) + fields("It answers", decision.output)
    if let refusals = decision.refusals {
      blocks.append(.table(["It refuses as", "which says"], refusals.map { [$0.code, $0.summary] }))
    }
    let facts = facts(decision)
    if !facts.isEmpty { blocks.append(.paragraph(facts.joined(separator: " "))) }
    return blocks
  }

  private static func fields(_ title: String, _ record: RecordSchema) -> [Block] {
    if record.fields.isEmpty { return [] }
    return [
      .table([title, "which is", ""], record.fields.map { [$0.name, $0.schema.words, $0.schema.summary ?? ""] })
    ]
  }

  private static func facts(_ decision: DecisionDefinition) -> [String] {
    func list(_ names: [String]) -> String { names.joined(separator: ", ") }
    var facts: [String] = []
    if !decision.uses.isEmpty { facts.append("It asks the host for \(list(decision.uses.map(\.rawValue))).") }
    if !decision.debits.isEmpty { facts.append("It may take money from \(list(decision.debits.map(\.text))).") }
    if let credits = decision.credits { facts.append("It may give money to \(list(credits.map(\.text))) only.") }
    if decision.needsOperator { facts.append("Only operators may ask for it.") }
    return facts
  }

  // MARK: Policies

  private static func policy(_ path: String, _ source: [UInt8], _ numbers: [ExactText: JSON]) -> [Block] {
    let name = RulebookPath(path)?.module.rest(behind: "policies.").map { String($0) } ?? path
    let texts = LuaLines.of(source).map { String(decoding: $0, as: UTF8.self) }
    let comment = PolicyComment(texts, line: 1)
    var blocks: [Block] = [.heading(2, "Numbers: \(name)")]
    if !comment.owner.isEmpty { blocks.append(.paragraph("Who may change this: \(comment.owner)")) }
    if !comment.consequence.isEmpty { blocks.append(.paragraph("What follows: \(comment.consequence)")) }
    let lines = TableLines(source: source)
    let rows = numbers.filter { $0.key.text.begins(with: name + ".") }.sorted { $0.key < $1.key }.map { key, value in
      let keys = String(key.text.dropFirst(name.count + 1)).pieces(at: ".").map { Self.key(String($0)) }
      let line = lines.line(of: keys, value: value.traced)
      let text = line.map { PolicyComment(texts, line: $0).text } ?? ""
      return [String(key.text.dropFirst(name.count + 1)), value.string ?? value.text, text]
    }
    if !rows.isEmpty { blocks.append(.table(["name", "value", "what it is"], rows)) }
    return blocks
  }

  private static func key(_ text: String) -> TracedValue { Int64(text) == nil ? .text(text) : .number(text) }
}

extension JSON {
  /// The value as a trace would have it.
  fileprivate var traced: TracedValue {
    switch self {
    case .null: .none
    case .bool(let value): .boolean(value)
    case .integer, .double: .number(text)
    case .string(let text): .text(text)
    case .array, .object: .table
    }
  }
}
