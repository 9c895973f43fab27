import Core
import Cryptography
import Glibc
import Platform
import Tokens

/// A passphrase that somebody gives: in a file that only its owner may read, or on the terminal; never as an argument.
enum Passphrase {
  private static let limit = 4096

  /// The first line of the file at `path`, or what is typed, twice where `isNew`. Throws why there is none.
  static func read(_ path: String?, isNew: Bool) throws -> Secret {
    if let path {
      return try SecretFile.read(path: path) { (text) throws(TokenError) in
        let line = text.utf8.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false).first ?? ""[...].utf8
        return try secret(line.last == 13 ? line.dropLast() : line, path)
      }
    }
    guard isatty(STDIN_FILENO) == 1 else {
      throw ReadingError(message: "there is no terminal to ask for the passphrase; name its file by --passphrase-file")
    }
    let first = try asked("Passphrase: ")
    if isNew, try asked("Once more: ") != first { throw ReadingError(message: "the two passphrases differ") }
    return first
  }

  private static func secret(_ bytes: some Collection<UInt8>, _ place: String) throws(TokenError) -> Secret {
    if bytes.isEmpty { throw TokenError("\(place) is empty; a passphrase has at least one character") }
    if bytes.count > limit { throw TokenError("\(place) is over \(limit) bytes") }
    return Secret(bytes)
  }

  /// Asks on the terminal, which doesn't show what is typed.
  private static func asked(_ question: String) throws -> Secret {
    var before = termios()
    guard tcgetattr(STDIN_FILENO, &before) == 0 else { throw ReadingError(message: "the terminal can't be asked") }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
      Output.status("\n")
    }
    Output.status(question)
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while bytes.count <= limit, Glibc.read(STDIN_FILENO, &byte, 1) == 1, byte != 10 { bytes.append(byte) }
    defer { for index in bytes.indices { bytes[index] = 0 } }
    return try secret(bytes, "what was typed")
  }
}
