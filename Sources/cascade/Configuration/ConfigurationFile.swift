import Core

/// A file of settings: names and values, each with its line.
struct ConfigurationFile: Sendable {
  /// What a setting may be.
  enum Value: Sendable, Equatable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    case list([String])
    /// What no setting takes; the text names it: `an object`.
    case other(String)
  }

  /// A setting as it stands in the file.
  struct Member: Sendable, Equatable {
    var name: String
    var value: Value
    /// The line of its name, from 1.
    var line: Int
  }

  /// Where the file is, as it was named.
  let path: String
  /// The settings in their order; no name twice.
  let members: [Member]

  /// The most bytes of such a file.
  static let mostBytes = 1 << 20

  /// Reads the file at `path`: JSON when its name ends in `.json`, else TOML. Throws what is wrong with its form, with
  /// file and line.
  init(_ path: String) throws(ReadingError) {
    let bytes: [UInt8]
    do { bytes = try InputFile.read(path) } catch { throw ReadingError(message: "\(error)") }
    if bytes.count > Self.mostBytes { throw ReadingError(message: "\(path) is over \(Self.mostBytes >> 20) MiB") }
    do throws(TOMLReader.Fault) {
      self.path = path
      members = try path.ends(with: ".json") ? ObjectReader.members(of: bytes) : TOMLReader.members(of: bytes)
    } catch {
      throw ReadingError(message: "\(path):\(error.line): \(error.message)")
    }
  }

  /// The setting of this name.
  subscript(name: String) -> Member? { members.first { $0.name.isSame(as: name) } }

  /// Where a setting stands: `FILE:LINE`.
  func place(of member: Member) -> String { "\(path):\(member.line)" }
}

extension ConfigurationFile.Value {
  /// The value as TOML writes it.
  var toml: String {
    switch self {
    case .text(let text): Self.quoted(text)
    case .number(let number): String(number)
    case .flag(let flag): String(flag)
    case .list(let texts): "[" + texts.map(Self.quoted).joined(separator: ", ") + "]"
    case .other(let what): "# " + what
    }
  }

  /// JSON's escapes are TOML's, too, and TOML wants one more.
  private static func quoted(_ text: String) -> String { JSON.string(text).text.replacing("\u{7F}", with: #"\u007F"#) }
}
