import FoundationEssentials
import Testing

/// Holds the whole repository against what the style asks. Every failure is a list of
/// `file:line: rule`.
struct TidyTests {
  static let repository = Repository()

  static let topLevel: Set<String> = [
    "Package.swift", "Sources", "Tests", "plugins", "policies", "README.md", "Makefile", "LICENSE",
  ]

  /// Sources in every language that somebody wrote.
  private static var written: [Repository.File] {
    // The editor's types are as long as the rulebook has decisions.
    repository.files(["swift", "c", "h", "cpp", "hpp", "lua"]).filter { $0.path != "plugins/library/cascade.lua" }
  }

  @Test func `files stay under 500 lines`() {
    report(Self.written.flatMap { TidyRules.fileLength($0.path, $0.text, limit: 500) })
  }

  @Test func `functions stay under 70 lines`() {
    report(Self.repository.swift().flatMap { TidyRules.functionLength($0.path, $0.source, limit: 70) })
  }

  @Test func `no line has tabs, trailing white space or too many columns`() {
    let columns = ["lua": 100, "swift": 120]
    report(Self.written.flatMap { TidyRules.whitespace($0.path, $0.text, columns: columns[$0.ending]) })
  }

  @Test func `nothing outside the tests can trap by choice`() {
    report(Self.repository.swift(under: "Sources/").flatMap { TidyRules.traps($0.path, $0.source) })
  }

  @Test func `texts are taken apart by bytes, not by what a reader sees`() {
    report(Self.repository.swift(under: "Sources/").flatMap { TidyRules.characters($0.path, $0.source) })
  }

  @Test func `nothing is exported again`() {
    report(Self.repository.swift().flatMap { TidyRules.reexports($0.path, $0.source) })
  }

  @Test func `tests start programs in one way`() {
    // The tools are programs of their own, with few files open.
    let others = ["Tests/Tools/", "Tests/Benchmarks/"]
    report(
      Self.repository.swift(under: "Tests/").filter { file in !others.contains { file.path.hasPrefix($0) } }
        .flatMap { TidyRules.processes($0.path, $0.source) })
  }

  @Test func `what another target can see is documented where there is something to say`() {
    report(Self.repository.swift(under: "Sources/").flatMap { TidyRules.documentation($0.path, $0.source) })
  }

  @Test func `doc comments say something`() {
    report(Self.repository.swift(under: "Sources/").flatMap { TidyRules.emptyComments($0.path, $0.source) })
  }

  @Test func `the top level holds what the design names`() {
    let ignored = Self.repository.ignoredNames()
    report(
      Self.repository.entries("").filter { !$0.hasPrefix(".") && !Self.topLevel.contains($0) && !ignored.contains($0) }
        .map { Violation(path: $0, line: 1, rule: "not a name for the top level") })
  }

  private func report(_ violations: [Violation], _ location: SourceLocation = #_sourceLocation) {
    guard !violations.isEmpty else { return }
    let list = violations.map(\.description).joined(separator: "\n")
    Issue.record("\(violations.count) to tidy:\n\(list)", sourceLocation: location)
  }
}

/// The files of the checkout this test was compiled from.
struct Repository: Sendable {
  struct File {
    var path: String
    var text: String
    var ending: String { path.split(separator: ".").last.map(String.init) ?? "" }
  }

  private let root: String
  private let paths: [String]

  init() {
    root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    var found: [String] = []
    var directories = ["Tests", "Sources", "plugins", "policies"]
    while let directory = directories.popLast() {
      // What is wrong on purpose lives in folders of this name.
      if directory.hasSuffix("/Fixtures") { continue }
      for entry in Self.entries(root + "/" + directory) where !entry.hasPrefix(".") {
        let path = directory + "/" + entry
        if Self.isDirectory(root + "/" + path) { directories.append(path) } else { found.append(path) }
      }
    }
    paths = found.sorted()
  }

  /// The files with one of these endings.
  func files(_ endings: Set<String>) -> [File] {
    paths.map { File(path: $0, text: "") }.filter { endings.contains($0.ending) }.map { file in
      File(path: file.path, text: text(of: file.path))
    }
  }

  /// The Swift files below a folder.
  func swift(under prefix: String = "") -> [(path: String, source: SwiftSource)] {
    files(["swift"]).filter { $0.path.hasPrefix(prefix) }.map { ($0.path, SwiftSource($0.text)) }
  }

  /// The names in a folder.
  func entries(_ path: String) -> [String] { Self.entries(root + "/" + path) }

  /// What git leaves aside at the top level.
  func ignoredNames() -> Set<String> {
    Set(text(of: ".gitignore").split(separator: "\n").map { $0.hasSuffix("/") ? String($0.dropLast()) : String($0) })
  }

  /// The text of a file; empty when there is none.
  func text(of path: String) -> String {
    (try? Data(contentsOf: URL(filePath: root + "/" + path))).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Replaces the text of a file.
  func write(_ text: Substring, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: root + "/" + path))
  }

  private static func entries(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  private static func isDirectory(_ path: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
  }
}
