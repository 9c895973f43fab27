import ArgumentParser
import Core
import Rulebook

/// Where `serve` takes its settings from: the option, else its variable, else the file of `--config`, else the default.
/// What can't be meant is refused with its place, also where another source overrides it; what counted is remembered.
final class SettingSources {
  /// What a setting may be.
  enum Kind {
    case text
    case number
    case flag
    case list
  }

  /// Who gave a setting.
  enum Origin: Equatable {
    case option
    case variable
    /// The file and the line.
    case file(String)
    case standard
  }

  /// A setting that was asked for.
  struct Setting {
    var name: String
    /// Nil when it isn't set and has no default.
    var value: ConfigurationFile.Value?
    var origin: Origin
  }

  /// What a file may set: the options, but for the one that names the file.
  static let options = options(of: ServeOptions()).filter { $0.name != "config" }

  /// Those that a type declares, and the groups in it.
  private static func options(of declared: any ParsableArguments) -> [(name: String, kind: Kind)] {
    Mirror(reflecting: declared).children.flatMap { member -> [(name: String, kind: Kind)] in
      if let group = member.value as? any GroupedOptions { return options(of: type(of: group).declared) }
      guard let label = member.label, let kind = Kind(of: member.value) else { return [] }
      return [(name(ofMember: label), kind)]
    }
  }

  /// The option's name of a member of ``ServeOptions``: `socket-mode` of `_socketMode`.
  private static func name(ofMember label: String) -> String {
    var name = ""
    for letter in label.unicodeScalars where letter != "_" {
      if ("A"..."Z").contains(letter) { name += "-" }
      name.unicodeScalars.append(letter)
    }
    return name.lowercased()
  }

  /// The file that serves when none is named and it is there.
  static let usualFile = "/etc/cascade/cascade.toml"

  /// The file; nil when there is none.
  let file: ConfigurationFile?
  /// What was asked for so far, in that order.
  private(set) var settings: [Setting] = []
  private let readsEnvironment: Bool

  /// The environment, unless `readsEnvironment` is false, and this file, if any. Throws each unknown option in it and
  /// each value of another type than its option's, with file and line.
  init(_ file: ConfigurationFile?, readsEnvironment: Bool = true) throws(ReadingError) {
    self.file = file
    self.readsEnvironment = readsEnvironment
    guard let file else { return }
    let faults = file.members.compactMap { member in
      Self.fault(of: member).map { "\(file.place(of: member)): \($0)" }
    }
    if !faults.isEmpty { throw ReadingError(message: faults.joined(separator: "\nerror: ")) }
  }

  /// The sources of a host: `path` names the file, else its variable does, else it is the usual one where that is
  /// there. Throws what is wrong with it.
  convenience init(path: String?, usual: String = usualFile) throws {
    if path?.isEmpty == true { throw ValidationError("--config is empty") }
    let path = path ?? Environment.value(of: "config") ?? (InputFile.exists(usual) ? usual : nil)
    try self.init(try path.map { (path) throws(ReadingError) in try ConfigurationFile(path) })
  }

  private static func fault(of member: ConfigurationFile.Member) -> String? {
    guard let option = options.first(where: { $0.name.isSame(as: member.name) }) else {
      return "unknown option '\(member.name)'" + NearestName.suggestion(for: member.name, in: options.map(\.name))
    }
    switch (option.kind, member.value) {
    case (.text, .text(let text)) where !text.isEmpty: return nil
    case (.number, .number), (.flag, .flag), (.list, .list): return nil
    default: return "'\(member.name)' wants \(option.kind.wanted)"
    }
  }

  // MARK: Reading

  /// A text, `given` by its option, else from here; nil when nobody gave one.
  func text(_ given: String?, _ name: String) throws -> String? {
    guard case .text(let text)? = try value(given.map { .text($0) }, name, or: nil) else { return nil }
    return text
  }

  /// A text, as above, else the default.
  func text(_ given: String?, _ name: String, or usual: String) throws -> String {
    guard case .text(let text)? = try value(given.map { .text($0) }, name, or: .text(usual)) else { return usual }
    return text
  }

  /// A flag, as above.
  func flag(_ given: Bool, _ name: String) throws -> Bool {
    try value(given ? .flag(true) : nil, name, or: .flag(false)) == .flag(true)
  }

  /// A whole number, as above; nil when nobody gave one.
  func number(_ given: Int?, _ name: String, or usual: Int? = nil) throws -> Int? {
    let usual = usual.map { ConfigurationFile.Value.number(Int64($0)) }
    guard case .number(let number)? = try value(given.map { .number(Int64($0)) }, name, or: usual) else { return nil }
    return Int(number)
  }

  /// Texts, as above; in the variable they stand with commas between them.
  func list(_ given: [String], _ name: String) throws -> [String] {
    guard case .list(let texts)? = try value(given.isEmpty ? nil : .list(given), name, or: .list([])) else { return [] }
    return texts
  }

  private func value(
    _ given: ConfigurationFile.Value?, _ name: String, or usual: ConfigurationFile.Value?
  ) throws -> ConfigurationFile.Value? {
    if given == .text("") { throw ValidationError("--\(name) is empty") }
    let variable = readsEnvironment ? try Self.variable(name) : nil
    let member = file?[name]
    let setting: Setting
    if let given {
      setting = Setting(name: name, value: given, origin: .option)
    } else if let variable {
      setting = Setting(name: name, value: variable, origin: .variable)
    } else if let file, let member {
      setting = Setting(name: name, value: member.value, origin: .file(file.place(of: member)))
    } else {
      setting = Setting(name: name, value: usual, origin: .standard)
    }
    settings.append(setting)
    return setting.value
  }

  private static func variable(_ name: String) throws -> ConfigurationFile.Value? {
    switch options.first(where: { $0.name == name })?.kind {
    case .number: try Environment.number(of: name, Int64.self).map { .number($0) }
    case .flag: try Environment.flag(of: name).map { .flag($0) }
    case .list: Environment.value(of: name).map { .list($0.pieces(at: ",").map { String($0.trimmed) }) }
    case .text, nil: Environment.value(of: name).map { .text($0) }
    }
  }

  // MARK: Refusing

  /// Whoever gave a setting, as one would name it: `--api`, `CASCADE_API`, `cascade.toml:3: api`.
  func label(_ name: String) -> String {
    switch origin(of: name) {
    case .option, .standard: "--\(name)"
    case .variable: Environment.name(of: name)
    case .file(let place): "\(place): \(name)"
    }
  }

  /// The error of a setting that can't be meant, `problem` being what it is or wants: wrong usage, or a fault of the
  /// file.
  func fault(_ name: String, _ problem: String) -> any Error {
    let message = "\(label(name)) \(problem)"
    if case .file = origin(of: name) { return ReadingError(message: message) }
    return ValidationError(message)
  }

  /// What `read` makes of a setting; a usage error of it is the file's fault where that gave the setting.
  func meant<Value>(_ name: String, _ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch let error as ValidationError {
      if case .file = origin(of: name) { throw ReadingError(message: error.message) }
      throw error
    }
  }

  private func origin(of name: String) -> Origin { settings.last { $0.name == name }?.origin ?? .standard }
}

/// A group of options, whose type tells what is in it.
private protocol GroupedOptions {
  static var declared: any ParsableArguments { get }
}

extension OptionGroup: GroupedOptions {
  fileprivate static var declared: any ParsableArguments { Value() }
}

extension SettingSources.Kind {
  /// That of an option's wrapper; nil for what is none.
  fileprivate init?(of wrapper: Any) {
    switch wrapper {
    case is Option<String?>: self = .text
    case is Option<Int?>: self = .number
    case is Flag<Bool>: self = .flag
    case is Option<[String]>: self = .list
    default: return nil
    }
  }

  fileprivate var wanted: String {
    switch self {
    case .text: "a text"
    case .number: "a whole number"
    case .flag: "true or false"
    case .list: "a list of texts"
    }
  }
}
