package import Core
internal import Cryptography

/// The files of a rulebook by name, size and hash: what signers sign instead of the files themselves.
package struct FileManifest: Sendable, Equatable {
  /// One file by name, size and hash.
  package struct File: Sendable, Hashable {
    /// Relative to the rulebook: `policies/fees.lua`.
    package var path: String
    /// The length in bytes.
    package var size: Int64
    /// SHA-256, 64 lower-case hexadecimal digits.
    package var hash: String

    package init(path: String, size: Int64, hash: String) {
      self.path = path
      self.size = size
      self.hash = hash
    }

    package static func == (left: File, right: File) -> Bool {
      left.size == right.size && left.path.isSame(as: right.path) && left.hash.isSame(as: right.hash)
    }
  }

  /// Sorted by the bytes of their paths, each path once.
  package let files: [File]
  /// `sha256:` and 64 hexadecimal digits, which name the rulebook: the SHA-256 of a text with one line for each file in
  /// the form of `sha256sum`: the file's hash, two spaces, the path, a line feed.
  package let digest: String

  /// The manifest of these files. O(bytes + files · log files).
  package init(contents: [ExactText: [UInt8]]) {
    self.init(
      sorted: contents.keys.sorted().map { path in
        let bytes = contents[path] ?? []
        return File(path: path.text, size: Int64(bytes.count), hash: Hexadecimal.text(SHA256.hash(bytes)))
      })
  }

  private init(sorted files: [File]) {
    self.files = files
    digest = Envelope.digest(files.flatMap { Array("\($0.hash)  \($0.path)\n".utf8) })
  }

  /// Reads `[{"path","size","sha256"}]`. Throws `files` for a path that no rulebook can have, one that differs from
  /// another in case only, and a list that isn't sorted. O(files).
  init(_ list: [JSON]) throws(GovernanceError) {
    var files: [File] = []
    var folded: Set<String> = []
    for (index, item) in list.enumerated() {
      let entry = try PayloadReader.element(item, of: "files", index, members: ["path", "size", "sha256"])
      let path = try entry.text("path", limit: GovernanceLimits.pathBytes)
      let hash = try entry.text("sha256")
      guard PayloadReader.isHash(hash) else { throw entry.fault("sha256", "64 hexadecimal digits") }
      try Self.check(path)
      if let last = files.last, !last.path.utf8.lexicographicallyPrecedes(path.utf8) {
        throw GovernanceError(.files, "\(path) isn't sorted behind \(last.path), or is there twice")
      }
      guard folded.insert(path.lowercased()).inserted else {
        throw GovernanceError(.files, "\(path) differs from another path in nothing but case")
      }
      files.append(File(path: path, size: try entry.integer("size", from: 0), hash: hash))
    }
    self.init(sorted: files)
  }

  private static func check(_ path: String) throws(GovernanceError) {
    let steps = path.pieces(at: "/")
    let isRule = path.ends(with: ".lua") && steps.count >= 2 && (steps[0] == "plugins" || steps[0] == "policies")
    let isTable = [".csv", ".json"].contains { path.ends(with: $0) }
    let isCases = isTable && steps.count >= 4 && steps[0] == "plugins" && steps[2] == "spec"
    guard isRule || isCases, steps.allSatisfy({ !$0.isEmpty && !$0.begins(with: ".") }), !path.has("\\") else {
      throw GovernanceError(
        .files, "\(path) is no path of a rulebook: plugins/NAME/….lua, policies/….lua, plugins/NAME/spec/….csv or .json"
      )
    }
  }

  /// How one file differs between two manifests.
  package struct Difference: Sendable, Hashable, CustomStringConvertible {
    /// The raw value is the word before the path.
    package enum Kind: String, Sendable { case extra, missing, changed }

    package var kind: Kind
    package var path: String

    package var description: String { "\(kind.rawValue) \(path)" }
  }

  /// How `other` differs from these files, sorted by path: what `other` alone has is extra. Empty when they are the
  /// same. O(files).
  package func differences(in other: FileManifest) -> [Difference] {
    let here = Dictionary(files.map { (ExactText($0.path), $0) }) { first, _ in first }
    let there = Dictionary(other.files.map { (ExactText($0.path), $0) }) { first, _ in first }
    return Set(here.keys).union(there.keys).sorted().compactMap { path in
      guard let found = there[path] else { return Difference(kind: .missing, path: path.text) }
      guard let file = here[path] else { return Difference(kind: .extra, path: path.text) }
      return file == found ? nil : Difference(kind: .changed, path: path.text)
    }
  }

  /// How much a change from `old` to these files may do: whatever touches anything but policies is a change of
  /// plugins. O(files).
  package func change(from old: FileManifest) -> ChangeClass {
    old.differences(in: self).allSatisfy { $0.path.begins(with: "policies/") } ? .policies : .plugins
  }

  /// The list as a payload has it: `[{"path","size","sha256"}]`.
  package var json: JSON {
    .array(files.map { ["path": .string($0.path), "size": .integer($0.size), "sha256": .string($0.hash)] })
  }
}
