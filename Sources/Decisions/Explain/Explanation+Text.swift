internal import Core

extension Explanation {
  /// What `view` tells, for people; the view ``Explainer/View/why`` in at most 15 lines. O(size).
  package func text(_ view: Explainer.View) -> String {
    let lines =
      switch view {
      case .why: why
      case .tree: tree
      case .lines: lineList
      case .counter: counter
      }
    let cut = isCut ? ["The run did more than was recorded; this is its beginning."] : []
    return (lines + cut).joined(separator: "\n") + "\n"
  }

  private var heading: String {
    guard let error = answer["error"], let code = error["code"]?.string else {
      return "\(point) answered \(Self.brief(answer.text))"
    }
    let what = code == "refused" ? "refused" : "failed with \(code)"
    let reason = error["reason"]?.string.map { " (\($0))" } ?? ""
    return "\(point) \(what)\(reason): \(Self.brief(error["message"]?.string ?? ""))"
  }

  private static func brief(_ text: String) -> String { text.count <= 300 ? text : text.prefix(299) + "…" }

  private var why: [String] {
    var lines = [heading]
    if let words { lines.append("  " + Self.brief(words.words().joined(separator: " "))) }
    if let wordsProblem { lines.append("  no words to a citizen: \(Self.brief(wordsProblem))") }
    lines += notes.prefix(3).map { "  \($0.text)  (\($0.file):\($0.line))" }
    let held = comparisons.filter(\.isTrue).suffix(4)
    lines += held.map { "  because \($0.text)  (\($0.file):\($0.line))" }
    for value in policies.suffix(4) {
      var line = "  by \(value.file):\(value.line) \(value.name) = \(value.value)"
      if !value.comment.isEmpty { line += " — \(Self.sentence(value.comment))" }
      lines.append(line)
    }
    let owners = policies.suffix(4).map(\.owner).filter { !$0.isEmpty }
    if let owner = owners.last { lines.append("  who may change that: \(Self.sentence(owner))") }
    lines += nearMisses.prefix(3).map { miss in
      "  nearly: \(miss.text): short by \(Self.number(miss.distance))  (\(miss.file):\(miss.line))"
    }
    return Array(lines.prefix(15))
  }

  static func number(_ value: Double?) -> String {
    guard let value else { return "?" }
    return Int64(exactly: value).map { String($0) } ?? "\(value)"
  }

  /// The first sentence of a comment.
  private static func sentence(_ text: String) -> String {
    let words = text.words()
    var out: [Substring] = []
    for word in words {
      out.append(word)
      if word.ends(with: ".") || out.count > 24 { break }
    }
    return brief(out.joined(separator: " "))
  }

  private var tree: [String] {
    [heading]
      + calls.map { call in
        let indentation = String(repeating: "  ", count: call.depth + 1)
        let given = call.results.isEmpty ? "" : " → \(Self.brief(call.results.joined(separator: ", ")))"
        let arguments = Self.brief(call.arguments.joined(separator: ", "))
        return "\(indentation)\(call.name)(\(arguments))\(given)  (\(call.file):\(call.line))"
      } + ["  \(fuel) fuel"]
  }

  private var lineList: [String] {
    [heading]
      + steps.map { step in
        let values = step.values.isEmpty ? "" : "  -- \(step.values.joined(separator: ", "))"
        return "  \(step.file):\(step.line)  \(step.text)\(values)"
      }
  }

  private var counter: [String] {
    let lines = counterfactuals.map { other in
      let then = other.then.map { "\($0.path) \($0.after?.text ?? "nothing")" }.joined(separator: ", ")
      return "  if \(other.condition): \(Self.brief(then.isEmpty ? "another answer" : then))"
    }
    return [heading] + (lines.isEmpty ? ["  no single input would have changed it"] : lines)
  }
}
