internal import Core
internal import Glibc
internal import Platform

/// Reads a rulebook's directory.
///
/// Only `*.lua` below `plugins/<name>/`, `plugins/library/` and `policies/` counts, and the cases that specs read:
/// `*.csv` and `*.json` below a plugin's `spec/`. Nothing counts whose name begins with a dot, no other folder below
/// `plugins` that has no `plugin.lua`, and not the editor's types in the library. Symbolic links are followed.
package struct RulebookFiles: Sendable {
  /// The directory that holds `plugins` and `policies`.
  package let directory: String
  /// What it may hold.
  package let limits: RulebookLimits

  /// A reader of `directory`.
  package init(directory: String, limits: RulebookLimits = RulebookLimits()) {
    self.directory = directory
    self.limits = limits
  }

  private enum Interruption: Error {
    /// Something vanished or changed: read again.
    case changed(String)
    case rejected(RulebookError)
  }

  /// The files as they stood at one moment. When one of them changes or vanishes meanwhile, all are read again.
  ///
  /// Throws when a file can't be read, a limit is reached, or the files change each time. Blocks. O(bytes).
  package func read() throws(RulebookError) -> RulebookSnapshot {
    var changed = ""
    for attempt in 0..<max(1, limits.attempts) {
      // Whoever is copying files should get on with it.
      if attempt > 0 { usleep(UInt32(10_000 << attempt)) }
      do throws(Interruption) {
        return try readOnce()
      } catch {
        switch error {
        case .changed(let path): changed = path
        case .rejected(let error): throw error
        }
      }
    }
    if File.isBrokenLink(directory + "/" + changed) {
      throw RulebookError(
        .unreadable, file: changed, "is a symbolic link to nothing; put there what it names, or remove it")
    }
    throw RulebookError(
      .unstable, file: changed,
      "changed or vanished each of \(limits.attempts) times the rulebook was read; try again when it is whole")
  }

  /// Lua files below `plugins` that belong to no plugin, and folders of them without a `plugin.lua`, and spec files
  /// beside `plugins`: nothing of them counts, and somebody meant them. What can't be read is left out, as ``read()``
  /// says it. Blocks.
  package func strays() -> [RulebookError] {
    let names = (try? folder("plugins")) ?? []
    let lost = names.compactMap { name -> RulebookError? in
      let path = "plugins/" + name
      if name.ends(with: ".lua"), (try? FileSignature(directory + "/" + path).isRegular) == true {
        let text = "this file is in no plugin's folder, so it doesn't count; move it to plugins/NAME/plugin.lua"
        return RulebookError(.neverRuns, file: path, text)
      }
      guard name != RulebookPath.library, (try? counts(path)) == false, hasLua(path, depth: 0) else { return nil }
      return RulebookError(
        .neverRuns, file: path,
        "this folder has no plugin.lua, so nothing in it counts; write one, or move what is shared to "
          + "plugins/\(RulebookPath.library)/")
    }
    return specFiles("spec", depth: 0) + lost
  }

  /// The spec files below a folder of no plugin.
  private func specFiles(_ folder: String, depth: Int) -> [RulebookError] {
    guard depth <= limits.depth, let names = try? sortedNames(in: directory + "/" + folder) else { return [] }
    return names.flatMap { name -> [RulebookError] in
      let path = folder + "/" + name
      guard name.ends(with: "_spec.lua") else { return specFiles(path, depth: depth + 1) }
      let text = "these specs never run, as the file is in no plugin; move it to plugins/NAME/spec/\(name)"
      return [RulebookError(.neverRuns, file: path, text)]
    }
  }

  private func hasLua(_ path: String, depth: Int) -> Bool {
    guard depth <= limits.depth, let names = try? sortedNames(in: directory + "/" + path) else { return false }
    return names.contains { $0.ends(with: ".lua") || hasLua(path + "/" + $0, depth: depth + 1) }
  }

  private func readOnce() throws(Interruption) -> RulebookSnapshot {
    let before = try scan()
    var files: [ExactText: [UInt8]] = [:]
    var total = 0
    for path in before.keys.sorted().map(\.text) {
      let content = try attempting(path) { path throws(FileError) in
        try File.read(path, limit: limits.sourceBytes)
      }
      if content.count > limits.sourceBytes {
        throw .rejected(
          RulebookError(.tooLarge, file: path, "over \(limits.sourceBytes >> 10) KiB of source; split the file"))
      }
      total += content.count
      if total > limits.totalBytes {
        throw .rejected(
          RulebookError(.tooLarge, file: path, "the rulebook is over \(limits.totalBytes >> 20) MiB with this file"))
      }
      files[path] = content
    }
    let after = try scan()
    if let path = Set(before.keys).union(after.keys).sorted().first(where: { before[$0] != after[$0] }) {
      throw .changed(path.text)
    }
    return RulebookSnapshot(files: files)
  }

  private func scan() throws(Interruption) -> [ExactText: FileSignature] {
    var found: [ExactText: FileSignature] = [:]
    let plugins = try folder("plugins")
    let policies = try folder("policies")
    guard plugins != nil || policies != nil else {
      throw .rejected(
        RulebookError(
          .unreadable,
          message: "\(directory): no rulebook here: it has neither plugins/ nor policies/; "
            + "name its directory with --rulebook"))
    }
    if policies != nil { try scan("policies", depth: 0, into: &found) }
    for name in plugins ?? [] where try counts("plugins/" + name) {
      try scan("plugins/" + name, depth: 0, into: &found)
    }
    return found
  }

  private func folder(_ name: String) throws(Interruption) -> [String]? {
    do throws(FileError) {
      return try sortedNames(in: directory + "/" + name)
    } catch {
      if error.isMissing { return nil }
      throw .rejected(RulebookError(.unreadable, file: name, "can't be read: \(error.reason)"))
    }
  }

  private func counts(_ path: String) throws(Interruption) -> Bool {
    do throws(FileError) {
      if path == "plugins/" + RulebookPath.library {
        return try FileSignature(directory + "/" + path).isDirectory
      }
      return try FileSignature(directory + "/" + path + "/plugin.lua").isRegular
    } catch {
      if error.isMissing { return false }
      throw .rejected(RulebookError(.unreadable, file: path, "can't be read: \(error.reason)"))
    }
  }

  private func scan(
    _ path: String, depth: Int, into found: inout [ExactText: FileSignature]
  ) throws(Interruption) {
    if depth > limits.depth {
      throw .rejected(RulebookError(.tooLarge, file: path, "more than \(limits.depth) folders deep"))
    }
    let names = try attempting(path) { path throws(FileError) in try sortedNames(in: path) }
    for name in names {
      let path = path + "/" + name
      let isCounted = RulebookPath(path) != nil
      let signature: FileSignature
      do throws(FileError) {
        signature = try FileSignature(directory + "/" + path)
      } catch {
        // A broken link doesn't matter unless its name is a rule's.
        if !isCounted { continue }
        throw .changed(path)
      }
      if signature.isDirectory {
        try scan(path, depth: depth + 1, into: &found)
      } else if isCounted {
        // A line feed in a path would make one line of the digest two.
        if path.unicodeScalars.contains(where: VisibleText.isControl) {
          throw .rejected(RulebookError(.unreadable, file: path, "has a control character in its name; rename it"))
        }
        if !signature.isRegular { throw .rejected(RulebookError(.unreadable, file: path, "is no regular file")) }
        if found.count == limits.files {
          throw .rejected(RulebookError(.tooLarge, file: path, "the rulebook has over \(limits.files) files"))
        }
        found[path] = signature
      }
    }
  }

  /// The names in a directory, sorted by their bytes.
  private func sortedNames(in path: String) throws(FileError) -> [String] {
    RulebookSnapshot.sorted(try Directory.entries(of: path).map(\.name))
  }

  private func attempting<Result>(
    _ path: String, _ body: (String) throws(FileError) -> Result
  ) throws(Interruption) -> Result {
    do throws(FileError) {
      return try body(directory + "/" + path)
    } catch {
      if error.isMissing { throw .changed(path) }
      throw .rejected(RulebookError(.unreadable, file: path, "can't be read: \(error.reason)"))
    }
  }
}
