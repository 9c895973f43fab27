/// A limit as the source declares it.
struct SourceLimit: Equatable {
  /// `LedgerLimits.events`, or the name of a C macro.
  var name: String
  /// The value as an article prints it: `16 384`, `1 MiB`, `5 s`.
  var value: String
  /// The declaration's comment, or nothing.
  var comment: String
}

/// Finds limits: the members of Swift types named `…Limits`, and the C macros named `CLB_…_LIMIT` and `CLB_…_MAX`.
enum SourceLimits {
  /// The limits that one Swift file declares, in its order. O(length).
  static func swift(_ text: String) -> [SourceLimit] {
    var limits: [SourceLimit] = []
    var type: (name: String, indentation: Int)?
    var comment: [String] = []
    // A value that begins on one line and goes on in the next is one value.
    let joined = text.replacing(/= ([\w.]+)\(\n +([^\n]*\))\n/) { "= \($0.output.1)(\($0.output.2)\n" }
    for line in SwiftSource.lines(of: joined) {
      let indentation = line.prefix { $0 == " " }.count
      let words = line.dropFirst(indentation)
      if words.hasPrefix("///") {
        comment.append(words.dropFirst(3).drop { $0 == " " }.description)
        continue
      }
      if let match = words.firstMatch(of: /\b(?:struct|enum) (\w*Limits)\b.*\{$/) {
        type = (String(match.output.1), indentation)
      } else if let current = type, words == "}", indentation == current.indentation {
        type = nil
      } else if let current = type, indentation == current.indentation + 2 {
        limits += members(words, of: current.name, comment.joined(separator: " "))
      }
      comment = []
    }
    return limits
  }

  /// The limits on one line of a type: a stored value, or the defaults of an initialiser's parameters.
  private static func members(_ line: Substring, of type: String, _ comment: String) -> [SourceLimit] {
    if let match = line.firstMatch(of: /^[a-z ]*\b(?:let|var) (\w+)(?:: [^={]+)? = (.+)$/) {
      return [SourceLimit(name: "\(type).\(match.output.1)", value: shown(match.output.2), comment: comment)]
    }
    guard line.contains(/\binit\(/) else { return [] }
    return line.matches(of: /(\w+): \w+ = ([^,()]+(?:\([^()]*\))?)/).map {
      SourceLimit(name: "\(type).\($0.output.1)", value: shown($0.output.2), comment: "")
    }
  }

  /// The limits that one C file declares, in its order. O(length).
  static func c(_ text: String) -> [SourceLimit] {
    text.matches(of: /#define (CLB_\w+_(?:LIMIT|MAX))\s+([^\n]+)/).map {
      let value = $0.output.2.replacing("(size_t)", with: "").filter { !"()".contains($0) }
      return SourceLimit(name: String($0.output.1), value: shown(value[...]), comment: "")
    }
  }

  /// A value as people write it; code that says more than a number stays code.
  static func shown(_ code: Substring) -> String {
    if let match = code.wholeMatch(of: /([\d_]+) << 10/) { return "\(number(match.output.1)) KiB" }
    if let match = code.wholeMatch(of: /([\d_]+) << 20/) { return "\(number(match.output.1)) MiB" }
    if let match = code.wholeMatch(of: /(?:Duration)?\.(seconds|milliseconds)\(([\d_]+)\)/) {
      return "\(number(match.output.2)) \(match.output.1 == "seconds" ? "s" : "ms")"
    }
    let factors = code.split(separator: " * ").map { Int($0.filter { $0 != "_" }) }
    guard !factors.isEmpty, factors.allSatisfy({ $0 != nil }) else { return "`\(code)`" }
    return number("\(factors.compactMap(\.self).reduce(1, *))")
  }

  /// Digits in groups of three, from five digits on.
  private static func number(_ digits: Substring) -> String {
    let digits = Array(digits.filter { $0 != "_" })
    guard digits.count > 4 else { return String(digits) }
    return digits.enumerated().reduce(into: "") { text, digit in
      if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text += " " }
      text.append(digit.element)
    }
  }
}
