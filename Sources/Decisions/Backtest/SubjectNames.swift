package import Core

/// Hides who somebody is in what a report shows: each name becomes `subject-1`, `subject-2`, … in the order in which
/// it first appears.
package struct SubjectNames {
  private let showsNames: Bool
  private let redacted: [[String]]
  private var numbers: [String: Int] = [:]

  /// Members whose text names somebody.
  private static let naming: Set<String> = ["citizen", "username", "sub"]
  /// What the accounts of somebody begin with, before their name.
  private static let accounts: Set<Substring> = ["citizen", "payable", "receivable", "uplift"]

  /// Names as they are when `showsNames`; what stands at one of `redacted`, JSON pointers with `*` for any element or
  /// member, is `"redacted"`.
  package init(showsNames: Bool, redacted: [String] = []) {
    self.showsNames = showsNames
    self.redacted = redacted.map { $0.pieces(at: "/").dropFirst().map { String($0) } }
  }

  /// `value` as it may be shown; O(size · names).
  package mutating func shown(_ value: JSON) -> JSON {
    let value = redact(value, redacted)
    if showsNames { return value }
    var names: [String] = []
    Self.collect(value, isName: false, &names)
    for name in names where numbers[name] == nil { numbers[name] = numbers.count + 1 }
    return hide(value)
  }

  private func redact(_ value: JSON, _ paths: [[String]]) -> JSON {
    if paths.isEmpty { return value }
    if paths.contains([]) { return "redacted" }
    func below(_ name: String) -> [[String]] {
      paths.filter { $0.first == name || $0.first == "*" }.map { Array($0.dropFirst()) }
    }
    switch value {
    case .object(let object):
      return .object(JSON.Object(object.members.map { ($0.name, redact($0.value, below($0.name))) }))
    case .array(let elements):
      return .array(elements.enumerated().map { redact($0.element, below(String($0.offset))) })
    default: return value
    }
  }

  private static func collect(_ value: JSON, isName: Bool, _ names: inout [String]) {
    switch value {
    case .object(let object):
      for member in object.members { collect(member.value, isName: naming.contains(member.name), &names) }
    case .array(let elements): for element in elements { collect(element, isName: isName, &names) }
    case .string(let text):
      if isName, !text.isEmpty { names.append(text) }
      let steps = text.pieces(at: ":")
      if steps.count > 1, accounts.contains(steps[0]), AccountName(text) != nil { names.append(String(steps[1])) }
    default: break
    }
  }

  private func hide(_ value: JSON) -> JSON {
    switch value {
    case .object(let object):
      return .object(JSON.Object(object.members.map { (hide($0.name), hide($0.value)) }))
    case .array(let elements): return .array(elements.map(hide))
    case .string(let text): return .string(hide(text))
    default: return value
    }
  }

  /// Every whole word of a text that is a name.
  private func hide(_ text: String) -> String {
    var out = ""
    var word = ""
    func flush() {
      out += numbers[word].map { "subject-\($0)" } ?? word
      word = ""
    }
    if let number = numbers[text] { return "subject-\(number)" }
    for scalar in text.unicodeScalars {
      if scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        word.unicodeScalars.append(scalar)
      } else {
        flush()
        out.unicodeScalars.append(scalar)
      }
    }
    flush()
    return out
  }
}
