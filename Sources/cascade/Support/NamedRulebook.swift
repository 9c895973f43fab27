import Core
import Rulebook

/// A rulebook as the command line names it: a directory, or the digest of one that a host has kept.
struct NamedRulebook {
  /// The fewest digits of a digest that name one.
  private static let fewestDigits = 6

  let archive: RulebookArchive

  init(_ archive: RulebookArchive) { self.archive = archive }

  /// Its files. Throws what keeps them from being read.
  func snapshot(_ name: String) throws -> RulebookSnapshot {
    do {
      guard let digest = try digest(name) else { return try RulebookFiles(directory: name).read() }
      guard let snapshot = try archive.load(digest: digest) else {
        throw ReadingError(message: "the rulebook \(digest) is not in \(archive.directory) any more")
      }
      return snapshot
    } catch let error as RulebookError {
      throw ReadingError(message: error.message)
    }
  }

  /// The digest that `sha256:` and its first digits name, or the digits alone; nil for a directory.
  func digest(_ name: String) throws -> String? {
    let digits = name.begins(with: "sha256:") ? String(name.dropFirst(7)) : name
    let isDigest =
      digits.utf8.count >= Self.fewestDigits
      && digits.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
      }
    guard isDigest else {
      if name.begins(with: "sha256:") {
        throw ReadingError(message: "'\(name)' is no digest: sha256: and at least \(Self.fewestDigits) digits")
      }
      return nil
    }
    let found = try archive.stored().map(\.digest).filter { $0.dropFirst(7).begins(with: digits) }
    if found.count == 1 { return found[0] }
    let many = found.isEmpty ? "no rulebook" : "\(found.count) rulebooks"
    throw ReadingError(message: "\(many) in \(archive.directory) begins with '\(digits)'; see cascade rulebook list")
  }
}
