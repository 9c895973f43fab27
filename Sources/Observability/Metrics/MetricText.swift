internal import Core

/// The words and escapes of Prometheus' text format.
enum MetricText {
  /// `# HELP` and `# TYPE` of a family.
  static func header(_ name: String, _ type: String, _ help: String) -> String {
    "# HELP \(name) \(escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
  }

  /// One line of a sample in Prometheus' text format.
  static func sample(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }

  /// A whole family with one sample.
  static func single(
    _ name: String, _ type: String, _ help: String, labels: String = "", value: Double
  ) -> (name: String, text: String) {
    (name, header(name, type, help) + sample(name, labels, number(value)))
  }

  /// `label` with `_` for what a metric's name may not hold, ending in `suffix`.
  static func name(_ label: String, suffix: String = "") -> String {
    let name = identifier(label, colons: true)
    return name.ends(with: suffix) ? name : name + suffix
  }

  /// Labels by key, escaped: `a="b",c="d"`. Of a repeated key the last value counts; a key in
  /// `reserved` gets a `_` in front.
  static func labels(_ dimensions: [(String, String)], reserved: Set<String> = []) -> String {
    var values: [String: String] = [:]
    for (key, value) in dimensions {
      let name = identifier(key, colons: false)
      values[reserved.contains(name) ? "_" + name : name] = value
    }
    return values.sorted { $0.key < $1.key }
      .map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }
      .joined(separator: ",")
  }

  /// A number as the format wants it: `NaN`, `+Inf`, no `.0`.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return Int64(exactly: value).map(String.init) ?? "\(value)"
  }

  private static func identifier(_ text: String, colons: Bool) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
        out.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if out.isEmpty { out += "_" }
        out.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ":") where colons: out += ":"
      // One `_` for each character, however many bytes it has.
      case 0x80..<0xC0: break
      default: out += "_"
      }
    }
    return out.isEmpty ? "_" : out
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\"" where quotes: out += "\\\""
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
