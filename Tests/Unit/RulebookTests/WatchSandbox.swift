import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import Rulebook

/// A rulebook in a directory of its own, and what the loader last saw of it.
final class WatchSandbox: Sendable {
  let base: String
  var root: String { base + "/rulebook" }
  private let seen = Mutex<(content: [String: String], reports: Int)>(([:], 0))

  init() throws {
    var template = Array("/tmp/rulebook-watch-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    base = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    try makeDirectory("")
  }

  func erase() { try? FileManager.default.removeItem(atPath: base) }

  func path(_ name: String) -> String {
    name.hasPrefix("../") ? base + name.dropFirst(2) : name.isEmpty ? root : root + "/" + name
  }

  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
  }

  private func makeParent(of name: String) throws {
    let parent = "/" + path(name).split(separator: "/").dropLast().joined(separator: "/")
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
  }

  func write(_ name: String, _ text: String) throws {
    try makeParent(of: name)
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }

  func rename(_ old: String, _ new: String) throws {
    try #require(Glibc.rename(path(old), path(new)) == 0)
  }

  func link(_ name: String, to target: String) throws {
    try makeParent(of: name)
    try #require(symlink(target, path(name)) == 0)
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path(name))
  }

  func number(at path: String) throws -> String {
    try String(contentsOf: URL(filePath: path), encoding: .utf8).filter(\.isNumber)
  }

  /// Changes two files in turn, as the kernel merges equal events in a row. Content alone changes, so
  /// no event by itself makes the watcher look for directories.
  func fillQueue(events: Int) throws {
    let names = ["plugins/tiers/plugin.lua", "policies/caps.lua"]
    let files = names.map { Glibc.open(path($0), O_WRONLY) }
    defer { for file in files { _ = Glibc.close(file) } }
    try #require(!files.contains(-1))
    for index in 0..<events { pwrite(files[index % 2], "return \(index % 9)", 8, 0) }
  }

  /// What a loader would read now: path → content of every rule file.
  func content() -> [String: String] {
    var content: [String: String] = [:]
    for tree in ["plugins", "policies"] { collect(tree, into: &content, depth: 0) }
    return content
  }

  private func collect(_ name: String, into content: inout [String: String], depth: Int) {
    guard depth < 8 else { return }
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []
    for entry in entries where !entry.hasPrefix(".") {
      let child = name + "/" + entry
      if let data = try? Data(contentsOf: URL(filePath: path(child))), entry.hasSuffix(".lua") {
        content[child] = String(decoding: data, as: UTF8.self)
      } else {
        collect(child, into: &content, depth: depth + 1)
      }
    }
  }

  /// The watcher's callback: load.
  func report() {
    let content = content()
    seen.withLock { $0 = (content, $0.reports + 1) }
  }

  var reports: Int { seen.withLock { $0.reports } }

  /// Waits until something was reported.
  func reported() async throws { try await wait { self.reports > 0 } }

  /// Waits until the last report came after the last change.
  func caughtUp(_ location: SourceLocation = #_sourceLocation) async throws {
    let expected = content()
    try await wait(location) { self.seen.withLock { $0.content == expected && $0.reports > 0 } }
  }

  /// Waits until reports have stopped coming. Too short a wait would only make a test easier to pass.
  func settled() async throws {
    var before = -1
    while before != reports {
      before = reports
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  func wait(_ location: SourceLocation = #_sourceLocation, until done: () -> Bool) async throws {
    for _ in 0..<15_000 {
      if done() { return }
      try await Task.sleep(for: .milliseconds(2))
    }
    try #require(done(), "no report within thirty seconds", sourceLocation: location)
  }
}

/// Runs `body` with a watched rulebook; by default it has one plugin and one policy. It needn't be quiet for long, so
/// that a test of many changes isn't slow.
func withWatched(
  directoryLimit: Int = RulebookWatcher.defaultDirectoryLimit,
  prepare: (WatchSandbox) throws -> Void = { box in
    try box.write("plugins/tiers/plugin.lua", "return 1")
    try box.write("policies/caps.lua", "return {}")
  },
  onReport: @escaping @Sendable () -> Void = {},
  _ body: (WatchSandbox) async throws -> Void
) async throws {
  let box = try WatchSandbox()
  defer { box.erase() }
  try prepare(box)
  let watcher = try RulebookWatcher(root: box.root, quiet: .milliseconds(5), directoryLimit: directoryLimit) {
    onReport()
    box.report()
  }
  defer { watcher.stop() }
  try await body(box)
}
