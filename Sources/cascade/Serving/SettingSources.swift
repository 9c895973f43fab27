import ArgumentParser
import Core

/// Where `serve` takes a setting from that no option gives: its variable, then the file of `--config`. What can't be
/// meant is refused with its name, a variable's value as wrong usage, also where another source overrides it.
struct SettingSources {
  private let path: String
  private let file: JSON.Object

  /// What a file may set: the options, but for the one that names the file.
  static let names = [
    "rulebook", "data", "api", "decisions", "lanes", "records", "keep-records", "awareness", "issuer", "allow",
    "trusted-proxy",
    "forwarded-header", "watch", "allow-removal", "strict", "demo", "live", "checkpoint", "accept-loss", "accept-clock",
    "no-specs", "stripe-key-file", "stripe-webhook-secret-file", "governance", "governance-root", "freshness",
    "log-format", "log-level", "access-log",
  ]

  /// The environment, and the file at `path`, which must be an object of known options; without a path, no file.
  init(file path: String?) throws {
    self.path = path ?? ""
    guard let path else {
      file = JSON.Object()
      return
    }
    guard let object = try InputFile.json(path).object else {
      throw ReadingError(message: #"\#(path) must hold an object of options: {"api":"127.0.0.1:8080",…}"#)
    }
    if let unknown = object.members.first(where: { member in !Self.names.contains { member.name.isSame(as: $0) } }) {
      throw ReadingError(message: "\(path): unknown option '\(unknown.name)'")
    }
    file = object
  }

  /// A text, `given` by its option, else from here.
  func text(_ given: String?, _ name: String) throws -> String? {
    if given?.isEmpty == true { throw ValidationError("--\(name) is empty") }
    let kept = try member(name, "a text") { json in json.string.flatMap { $0.isEmpty ? nil : $0 } }
    return given ?? Environment.value(of: name) ?? kept
  }

  /// A flag, as above.
  func flag(_ given: Bool, _ name: String) throws -> Bool {
    let kept = try member(name, "true or false") { $0.bool }
    let variable = try Environment.flag(of: name)
    return given || variable ?? kept ?? false
  }

  /// A whole number, as above.
  func number(_ given: Int?, _ name: String) throws -> Int? {
    let kept = try member(name, "a whole number") { $0.integer.map { Int($0) } }
    let variable = try Environment.number(of: name, Int.self)
    return given ?? variable ?? kept
  }

  /// Texts, as above; in the variable they stand with commas between them.
  func list(_ given: [String], _ name: String) throws -> [String] {
    let kept = try member(name, "a list of texts") { json -> [String]? in
      guard let elements = json.array, case let texts = elements.compactMap(\.string), texts.count == elements.count
      else { return nil }
      return texts
    }
    if !given.isEmpty { return given }
    let variable = Environment.value(of: name).map { $0.pieces(at: ",").map { String($0.trimmed) } }
    return variable ?? kept ?? []
  }

  private func member<Value>(_ name: String, _ what: String, _ read: (JSON) -> Value?) throws -> Value? {
    guard let json = file[name] else { return nil }
    guard let value = read(json) else { throw ReadingError(message: "\(path): '\(name)' wants \(what)") }
    return value
  }
}
