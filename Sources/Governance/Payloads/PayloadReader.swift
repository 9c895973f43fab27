internal import Core

/// Reads the members of a payload: each has one type, and one that the form doesn't know is refused.
struct PayloadReader {
  private let object: JSON.Object
  /// Where the object stands, for messages: `roles.rules`; empty for the payload itself.
  private let path: String

  /// A reader of the payload's bytes, whose `_type` must be `type`. Throws `malformed`.
  init(_ bytes: [UInt8], type: String, members: [String]) throws(GovernanceError) {
    let json: JSON
    do throws(JSON.ParsingError) {
      let limits = JSON.ParsingLimits(bytes: GovernanceLimits.envelopeBytes, depth: 8, takesWideIntegers: false)
      json = try JSON(parsing: bytes, limits: limits)
    } catch {
      throw GovernanceError(.malformed, "the payload is no JSON: \(error)")
    }
    try self.init(json, at: "", members: members + ["_type"])
    guard json["_type"]?.string == type else { throw fault("_type", "\"\(type)\"") }
  }

  private init(_ json: JSON, at path: String, members: [String]?) throws(GovernanceError) {
    guard let object = json.object else {
      throw GovernanceError(.malformed, "\(path.isEmpty ? "the payload" : path) is no object")
    }
    self.object = object
    self.path = path
    guard let members else { return }
    if let odd = object.members.first(where: { member in !members.contains { $0.isSame(as: member.name) } }) {
      throw GovernanceError(.malformed, "\(place(odd.name)) is no member of this form")
    }
  }

  private func place(_ name: String) -> String { path.isEmpty ? name : path + "." + name }

  func fault(_ name: String, _ wanted: String) -> GovernanceError {
    GovernanceError(.malformed, "\(place(name)) wants \(wanted)")
  }

  func has(_ name: String) -> Bool { object[name].map { $0 != .null } ?? false }

  /// A text of at most so many bytes, without control characters.
  func text(_ name: String, limit: Int = GovernanceLimits.textBytes) throws(GovernanceError) -> String {
    guard let text = object[name]?.string, text.utf8.count <= limit,
      !text.unicodeScalars.contains(where: VisibleText.isControl)
    else { throw fault(name, "a text of one line and at most \(limit) bytes") }
    return text
  }

  func integer(_ name: String, from least: Int64) throws(GovernanceError) -> Int64 {
    guard let value = object[name]?.integer, value >= least, value <= 1 << 53 else {
      throw fault(name, "an integer from \(least)")
    }
    return value
  }

  func instant(_ name: String) throws(GovernanceError) -> Instant {
    guard let value = object[name]?.string.flatMap({ Instant($0) }) else {
      throw fault(name, "a time such as 2026-11-29T16:00:00Z")
    }
    return value
  }

  func period(_ name: String) throws(GovernanceError) -> Period {
    guard let value = object[name]?.string.flatMap({ Period($0) }) else {
      throw fault(name, "a length of time such as PT24H or P7D")
    }
    return value
  }

  /// A version of the host.
  func version(_ name: String) throws(GovernanceError) -> HostVersion {
    guard let value = object[name]?.string.flatMap({ HostVersion($0) }) else {
      throw fault(name, "a version such as 0.1.0")
    }
    return value
  }

  /// `sha256:` and 64 lower-case hexadecimal digits.
  func digest(_ name: String) throws(GovernanceError) -> String {
    guard let text = object[name]?.string, Self.isDigest(text) else { throw fault(name, "sha256: and 64 digits") }
    return text
  }

  /// 32 lower-case hexadecimal digits.
  func realm() throws(GovernanceError) -> String {
    guard let text = object["realm"]?.string, Hexadecimal.bytes(text)?.count == 16 else {
      throw fault("realm", "32 hexadecimal digits")
    }
    return text
  }

  func texts(_ name: String, limit: Int) throws(GovernanceError) -> [String] {
    guard let list = object[name]?.array, list.count <= limit else {
      throw fault(name, "a list of at most \(limit) texts")
    }
    var texts: [String] = []
    for item in list {
      guard let text = item.string, !text.isEmpty, text.utf8.count <= GovernanceLimits.pathBytes else {
        throw fault(name, "a list of texts")
      }
      texts.append(text)
    }
    return texts
  }

  func array(_ name: String, limit: Int) throws(GovernanceError) -> [JSON] {
    guard let list = object[name]?.array, list.count <= limit else {
      throw fault(name, "a list of at most \(limit)")
    }
    return list
  }

  /// An object inside; nil `members` lets it have any.
  func object(_ name: String, members: [String]?) throws(GovernanceError) -> PayloadReader {
    try PayloadReader(object[name] ?? .null, at: place(name), members: members)
  }

  /// An element of a list.
  static func element(
    _ json: JSON, of name: String, _ index: Int, members: [String]
  ) throws(GovernanceError) -> PayloadReader {
    try PayloadReader(json, at: "\(name)[\(index)]", members: members)
  }

  /// The names of the members.
  var names: [String] { object.members.map(\.name) }

  static func isDigest(_ text: String) -> Bool {
    text.begins(with: "sha256:") && isHash(text.utf8.dropFirst(7))
  }

  /// 64 lower-case hexadecimal digits.
  static func isHash(_ text: String) -> Bool { isHash(text.utf8[...]) }

  private static func isHash(_ digits: Substring.UTF8View) -> Bool {
    digits.count == 64 && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
