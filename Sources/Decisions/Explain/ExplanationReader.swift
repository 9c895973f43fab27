internal import Core
internal import LuaRuntime
internal import Rulebook

/// Reads what a traced run did into an explanation.
struct ExplanationReader {
  private let rulebook: CheckedRulebook
  private var explanation: Explanation
  private var sources: [String: [String]] = [:]
  private var tables: [String: TableLines] = [:]
  private var locals: [String: String] = [:]
  /// The steps of the line that runs and of the one before it, as places among those that are told.
  private var current: Int?
  private var previous: Int?
  /// The functions under way, as places among the calls that are told; nil for one that isn't.
  private var open: [Int?] = []
  /// The call that returned last, whose results come next.
  private var ended: Int?

  /// What is bounded in an explanation.
  private static let limit = 2_000

  /// Reads `trace`, of a run by `rulebook`, into `explanation`. O(events).
  static func read(_ trace: Trace, _ rulebook: CheckedRulebook, into explanation: Explanation) -> Explanation {
    var reader = ExplanationReader(rulebook: rulebook, explanation: explanation)
    for event in trace.events { reader.take(event) }
    if trace.isCut { reader.explanation.isCut = true }
    return reader.explanation
  }

  private init(rulebook: CheckedRulebook, explanation: Explanation) {
    self.rulebook = rulebook
    self.explanation = explanation
  }

  private mutating func take(_ event: TraceEvent) {
    switch event.kind {
    case .line: begin(event)
    case .local(let name, let value): local(name, value)
    case .read(let key, let value), .entry(let key, let value): note(key, value)
    case .compared(let comparison): note(comparison, event)
    case .host(let name, let arguments, let answer): host(name, arguments, answer, event)
    case .call(let name, let isTail): call(name, event, isTail: isTail)
    case .argument(let name, let value): argument("\(name) = \(value.text)")
    case .returned: ended = open.popLast() ?? nil
    case .given(let value): given(value.text)
    case .note(let why, let value):
      guard tells(explanation.notes.count) else { return }
      explanation.notes.append(
        Explanation.Note(file: event.file, line: event.line, text: "\(why): \(value.text)"))
    // Only debuggers ask for these.
    case .field, .frame, .variable: break
    }
  }

  /// Whether there is room for one more beside `count`; if not, the explanation says that it is cut.
  private mutating func tells(_ count: Int) -> Bool {
    if count >= Self.limit { explanation.isCut = true }
    return count < Self.limit
  }

  // MARK: Lines

  private mutating func begin(_ event: TraceEvent) {
    previous = current
    current = nil
    guard tells(explanation.steps.count) else { return }
    current = explanation.steps.count
    explanation.steps.append(
      Explanation.Step(file: event.file, line: event.line, text: text(event.file, event.line), values: []))
  }

  /// The locals as they are when a line begins: what differs was set by the line before.
  private mutating func local(_ name: String, _ value: TracedValue) {
    guard locals[name] != value.text else { return }
    locals[name] = value.text
    if let previous { explanation.steps[previous].values.append("\(name) = \(value.text)") }
  }

  private mutating func lines(of file: String) -> [String] {
    if let known = sources[file] { return known }
    let split = LuaLines.of(rulebook.snapshot.files[file] ?? []).map { String(decoding: $0, as: UTF8.self) }
    sources[file] = split
    return split
  }

  private mutating func text(_ file: String, _ line: Int) -> String {
    let known = lines(of: file)
    return known.indices.contains(line - 1) ? String(known[line - 1].trimmed) : ""
  }

  // MARK: Policies

  private mutating func note(_ key: TracedKey, _ value: TracedValue) {
    guard key.file.begins(with: "policies/"), value != .table, value != .none else { return }
    let table = tables[key.file] ?? TableLines(source: rulebook.snapshot.files[key.file] ?? [])
    tables[key.file] = table
    let line = table.line(of: key.keys, value: value) ?? 1
    let comment = PolicyComment(lines(of: key.file), line: line)
    let read = Explanation.PolicyValue(
      file: key.file, line: line, name: Self.name(key.keys), value: value.text, comment: comment.text,
      owner: comment.owner)
    if explanation.policies.count < Self.limit, !explanation.policies.contains(read) {
      explanation.policies.append(read)
    }
  }

  private static func name(_ keys: [TracedValue]) -> String {
    keys.reduce(into: "") { name, key in
      if case .text(let text) = key,
        text.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0 | 0x20) })
      {
        name += (name.isEmpty ? "" : ".") + text
      } else {
        name += "[\(key.text)]"
      }
    }
  }

  // MARK: Comparisons

  private mutating func note(_ comparison: TracedComparison, _ event: TraceEvent) {
    guard let (isTrue, distance) = comparison.outcome else { return }
    let made = Explanation.Comparison(
      file: event.file, line: event.line, text: comparison.fact(isTrue), isTrue: isTrue, distance: distance)
    // Of a loop the last pass counts, and the passes before it are told as misses.
    explanation.comparisons.removeAll { $0 == made }
    if explanation.comparisons.count < Self.limit { explanation.comparisons.append(made) }
  }

  // MARK: Calls

  private mutating func call(_ name: String, _ event: TraceEvent, isTail: Bool) {
    if isTail { open.removeLast(open.isEmpty ? 0 : 1) }
    let depth = open.count
    guard tells(explanation.calls.count) else { return open.append(nil) }
    let known = explanation.calls.isEmpty ? "decide" : name.isEmpty ? "function" : name
    explanation.calls.append(
      Explanation.Call(
        name: known, file: event.file, line: event.line, depth: depth, arguments: [],
        results: []))
    open.append(explanation.calls.count - 1)
  }

  private mutating func argument(_ text: String) {
    if let last = open.last, let last { explanation.calls[last].arguments.append(text) }
  }

  private mutating func given(_ text: String) {
    if let ended { explanation.calls[ended].results.append(text) }
  }

  private mutating func host(_ name: String, _ arguments: String, _ answer: String, _ event: TraceEvent) {
    guard tells(explanation.calls.count) else { return }
    explanation.calls.append(
      Explanation.Call(
        name: "host." + name, file: event.file, line: event.line, depth: open.count, arguments: [arguments],
        results: [answer.isEmpty ? "failed" : answer]))
  }
}

extension TracedComparison {
  /// Whether it holds, and by how much it does or doesn't; nil for values that have no order that is told here.
  var outcome: (isTrue: Bool, distance: Double?)? {
    if let left = left.number ?? left.amount, let right = right.number ?? right.amount {
      let holds =
        switch sign {
        case "<": left < right
        case "<=": left <= right
        case ">": left > right
        case ">=": left >= right
        default: left == right
        }
      // By their decimals: 0.618 less 0.4477 is 0.1703.
      var difference = ExactSum()
      difference.add(.double(left))
      var other = ExactSum()
      other.add(.double(right))
      difference = difference.minus(other)
      return (holds, sign == "==" ? nil : (difference.json.number ?? left - right).magnitude)
    }
    guard sign == "==", left != .table, right != .table else { return nil }
    return (left == right, nil)
  }

  /// What is the case: the comparison itself when it holds, else its opposite, the lesser one first.
  func fact(_ isTrue: Bool) -> String {
    func side(_ name: String, _ value: TracedValue) -> String {
      name.isEmpty || name == value.text ? value.text : "\(name) \(value.text)"
    }
    let (one, other) = (side(leftName, left), side(rightName, right))
    if isTrue { return "\(one) \(sign) \(other)" }
    switch sign {
    case "<": return "\(other) <= \(one)"
    case "<=": return "\(other) < \(one)"
    case ">": return "\(one) <= \(other)"
    case ">=": return "\(one) < \(other)"
    default: return "\(one) ~= \(other)"
    }
  }
}

extension TracedValue {
  /// The units of an amount as a number, to be told how near it is; nil for anything else.
  fileprivate var amount: Double? {
    guard case .amount(let text) = self else { return nil }
    return text.words().first.flatMap { Double($0) }
  }
}
