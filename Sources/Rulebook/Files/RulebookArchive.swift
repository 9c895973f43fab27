internal import Core
internal import Platform

/// Keeps every rulebook that ever decided, by its digest, so that history can be run again.
///
/// One file each, `<directory>/<64 hexadecimal digits>`: for each file of the rulebook, sorted by path, the
/// path's length (4 bytes, big-endian), the path, the content's length (4 bytes, big-endian), the content.
package struct RulebookArchive: Sendable {
  /// Where the files are: `DATA/rulebooks`.
  package let directory: String
  private let limits: RulebookLimits

  /// The archive in `directory`, which is made when something is stored.
  package init(directory: String, limits: RulebookLimits = RulebookLimits()) {
    self.directory = directory
    self.limits = limits
  }

  /// Stores a rulebook durably; one that is stored already is left as it is, unless it was damaged. Blocks. O(bytes).
  package func store(_ snapshot: RulebookSnapshot) throws(RulebookError) {
    guard let path = path(of: snapshot.digest) else { return }
    let content = snapshot.archived
    do throws(FileError) {
      if isStored(path, content) { return }
      try Directory.make(directory)
      try File.replace(path, with: content)
    } catch {
      throw RulebookError(.storage, message: "can't store the rulebook at \(path): \(error.reason)")
    }
  }

  /// The rulebook of this digest, nil when it isn't stored. Throws when what is stored isn't that rulebook.
  /// Blocks. O(bytes).
  package func load(digest: String) throws(RulebookError) -> RulebookSnapshot? {
    guard let path = path(of: digest) else { return nil }
    let content: [UInt8]
    do throws(FileError) {
      content = try File.read(path, limit: 2 * limits.totalBytes)
    } catch {
      if error.isMissing { return nil }
      throw RulebookError(.storage, message: "can't read the rulebook at \(path): \(error.reason)")
    }
    guard let snapshot = RulebookSnapshot(archived: content), snapshot.digest == digest else {
      throw RulebookError(.storage, message: "\(path) does not hold the rulebook it is named after")
    }
    return snapshot
  }

  /// A rulebook in the archive, and when it was first stored, seconds since 1970.
  package struct Stored: Sendable {
    /// Names its content, `sha256:` and 64 digits.
    package var digest: String
    /// When it was first stored.
    package var seconds: Int64
  }

  /// Every rulebook by the time at which it was first stored: the order in which they first decided. Throws when the
  /// archive can't be read. Blocks. O(rulebooks · log rulebooks).
  package func stored() throws(RulebookError) -> [Stored] {
    do throws(FileError) {
      var stored: [Stored] = []
      for name in try Directory.entries(of: directory).map(\.name) where path(of: "sha256:" + name) != nil {
        let seconds = try FileSignature(directory + "/" + name).modifiedSeconds
        stored.append(Stored(digest: "sha256:" + name, seconds: Int64(seconds)))
      }
      return stored.sorted { ($0.seconds, $0.digest) < ($1.seconds, $1.digest) }
    } catch {
      if error.isMissing { return [] }
      throw RulebookError(.storage, message: "can't read \(directory): \(error.reason)")
    }
  }

  /// Whether a rulebook of this digest is stored. Blocks.
  func has(_ digest: String) -> Bool {
    guard let path = path(of: digest), let signature = try? FileSignature(path) else { return false }
    return signature.size > 0
  }

  private func path(of digest: String) -> String? {
    let digits = digest.dropFirst(7)
    guard digest.begins(with: "sha256:"), digits.utf8.count == 64,
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    return directory + "/" + digits
  }

  private func isStored(_ path: String, _ content: [UInt8]) -> Bool {
    (try? FileSignature(path))?.size == content.count && (try? File.read(path, limit: content.count)) == content
  }
}

extension RulebookSnapshot {
  /// The files as an archive holds them, see ``RulebookArchive``. O(bytes).
  package var archived: [UInt8] {
    var content: [UInt8] = []
    for name in paths {
      Self.append(Array(name.utf8), to: &content)
      Self.append(files[name] ?? [], to: &content)
    }
    return content
  }

  /// Reads ``archived``; nil when it isn't that. O(bytes).
  package init?(archived content: [UInt8]) {
    guard let files = Self.files(in: content) else { return nil }
    self.init(files: files)
  }

  private static func append(_ bytes: [UInt8], to content: inout [UInt8]) {
    for shift in [24, 16, 8, 0] { content.append(UInt8(truncatingIfNeeded: bytes.count >> shift)) }
    content += bytes
  }

  private static func files(in content: [UInt8]) -> [ExactText: [UInt8]]? {
    var rest = content[...]
    func next() -> ArraySlice<UInt8>? {
      guard rest.count >= 4 else { return nil }
      let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    var files: [ExactText: [UInt8]] = [:]
    while !rest.isEmpty {
      guard let name = next(), let path = String(validating: name, as: UTF8.self), let file = next() else { return nil }
      files[path] = Array(file)
    }
    return files
  }
}
