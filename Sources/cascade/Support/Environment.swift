import Glibc

/// The environment forms of options, and the terminal's abilities.
enum Environment {
  /// The value of `CASCADE_<NAME>`; nil when unset or empty.
  static func value(_ name: String) -> String? { variable("CASCADE_" + name) }

  /// Whether `CASCADE_<NAME>` says yes: `1`, `true` or `yes`.
  static func flag(_ name: String) -> Bool { ["1", "true", "yes"].contains(value(name) ?? "") }

  /// Whether to colour output to this descriptor: only on a terminal, never with `NO_COLOR`.
  static func usesColour(_ descriptor: Int32 = STDOUT_FILENO) -> Bool {
    isatty(descriptor) == 1 && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), case let text = String(cString: value), !text.isEmpty else { return nil }
    return text
  }
}
