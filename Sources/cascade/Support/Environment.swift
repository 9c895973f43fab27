import ArgumentParser
import Glibc

/// The environment forms of options, and the terminal's abilities.
enum Environment {
  /// The value of `CASCADE_<NAME>`; nil when unset or empty.
  static func value(_ name: String) -> String? { variable("CASCADE_" + name) }

  /// The name of an option's variable: `no-specs` is `CASCADE_NO_SPECS`.
  static func name(of option: String) -> String { "CASCADE_" + form(option) }

  /// The value of an option's variable; nil when unset or empty.
  static func value(of option: String) -> String? { value(form(option)) }

  /// Whether an option's variable says yes (`1`, `true`, `yes`) or no (`0`, `false`, `no`); nil when unset or empty.
  /// Throws a usage error for anything else.
  static func flag(of option: String) throws -> Bool? {
    switch value(of: option) {
    case nil: return nil
    case "1", "true", "yes": return true
    case "0", "false", "no": return false
    case let text?: throw ValidationError("\(name(of: option)) is 1, true, yes, 0, false or no, not '\(text)'")
    }
  }

  /// The whole number in an option's variable; nil when unset or empty. Throws a usage error for anything else.
  static func number<Number: FixedWidthInteger>(of option: String, _ type: Number.Type) throws -> Number? {
    guard let text = value(of: option) else { return nil }
    guard let number = Number(text) else {
      throw ValidationError("\(name(of: option)) wants a whole number, got '\(text)'")
    }
    return number
  }

  /// Whether to colour output to this descriptor: only on a terminal, never with `NO_COLOR`.
  static func usesColour(_ descriptor: Int32 = STDOUT_FILENO) -> Bool {
    isatty(descriptor) == 1 && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
  }

  private static func form(_ option: String) -> String { option.uppercased().replacing("-", with: "_") }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), case let text = String(cString: value), !text.isEmpty else { return nil }
    return text
  }
}
