import FoundationEssentials
import Testing

/// Holds what the targets import against Package.swift, where their graph stands once.
struct TargetTests {
  static let package = PackageManifest(TidyTests.repository.text(of: "Package.swift"))
  static let sources = package.targets.filter { $0.path.hasPrefix("Sources/") }
  /// Targets that work with event loops, Lua machines and rulebooks though they stand above the decisions: the port,
  /// the store of what hosts decide by together, and the program that puts everything together.
  static let machinists: Set<String> = ["Server", "StorePostgres", "cascade"]

  /// By the target's name: the modules that its files import, with one place of each.
  private static let imports: [String: [String: Violation]] = {
    var found: [String: [String: Violation]] = [:]
    for file in TidyTests.repository.swift() {
      guard let target = package.target(of: file.path)?.name else { continue }
      for (module, line) in TidyRules.imports(file.source) where found[target]?[module] == nil {
        found[target, default: [:]][module] = Violation(
          path: file.path, line: line, rule: "\(target) imports \(module)")
      }
    }
    return found
  }()

  private func imports(of target: PackageManifest.Target) -> [String: Violation] { Self.imports[target.name] ?? [:] }

  @Test func `every folder of sources and every file of tests belongs to a target`() {
    let names = Self.package.targets.map(\.name)
    #expect(Set(names).count == names.count && names.contains("Core") && names.contains("TidyTests"))
    for folder in TidyTests.repository.entries("Sources") {
      #expect(Self.sources.contains { $0.path == "Sources/\(folder)" }, "Sources/\(folder):1: no target")
    }
    for file in TidyTests.repository.files(["swift"]) where file.path.hasPrefix("Tests/") {
      if file.path.hasPrefix("Tests/Benchmarks/") { continue }
      #expect(Self.package.target(of: file.path) != nil, "\(file.path):1: no target")
    }
  }

  @Test func `what a target imports it declares`() {
    let ours = Set(Self.package.targets.map(\.name))
    let theirs = Set(Self.package.targets.flatMap(\.products))
    for target in Self.package.targets {
      let declared = Set(target.targets + target.products)
      for (module, place) in imports(of: target) where ours.union(theirs).contains(module) {
        #expect(declared.contains(module), "\(place), and Package.swift doesn't say so")
      }
    }
  }

  @Test func `what a target declares it imports`() {
    for target in Self.package.targets {
      let imported = imports(of: target)
      // A program is only built before the tests that run it.
      let modules = target.targets.filter { Self.package.target(named: $0)?.kind != "executableTarget" }
      for module in modules + target.products {
        #expect(imported[module] != nil, "Package.swift:1: \(target.name) declares \(module) and never imports it")
      }
    }
  }

  @Test func `each C module has exactly one importer`() {
    let ofSwift = Set(TidyTests.repository.files(["swift"]).compactMap { Self.package.target(of: $0.path)?.name })
    let ofC = Self.package.targets.filter { !ofSwift.contains($0.name) }
    #expect(ofC.count >= 3)
    for module in ofC {
      let importers = Self.package.targets.filter { imports(of: $0)[module.name] != nil }.map(\.name)
      #expect(importers.count == 1, "\(module.path):1: imported by \(importers)")
    }
  }

  @Test func `what the program is made of needs nothing of Foundation but its essentials`() {
    let closure = Self.package.closure(of: "cascade").union(["cascade"])
    for target in Self.sources where closure.contains(target.name) {
      // The rest comes with ICU, whose data the release leaves out (CStubData).
      if let place = imports(of: target)["Foundation"] { Issue.record("\(place); import FoundationEssentials") }
    }
  }

  @Test func `above the decisions nothing needs an event loop, Lua or a rulebook`() {
    for target in Self.sources where Self.package.closure(of: target.name).contains("Decisions") {
      if Self.machinists.contains(target.name) { continue }
      for (module, place) in imports(of: target) {
        let isMachinery = module.hasPrefix("NIO") || module == "LuaRuntime" || module == "Rulebook"
        #expect(!isMachinery, "\(place); it asks the face of Decisions instead")
      }
    }
  }

  @Test func `the table of targets says what Package.swift does`() throws {
    for target in Self.sources {
      #expect(!target.comment.isEmpty, "Package.swift:1: no comment above \(target.name) says what it is")
    }
    let rows = Self.sources.map { target in
      let needs = target.targets.map { "`\($0)`" }.joined(separator: " ")
      return "| `\(target.name)` | \(target.comment) | \(needs) |\n"
    }
    let table = "| target | what it is | what of ours it needs |\n|---|---|---|\n" + rows.joined()
    let text = TidyTests.repository.text(of: Self.article)
    let start = try #require(text.firstRange(of: "<!-- targets -->\n\n")).upperBound
    let end = try #require(text.firstRange(of: "\n<!-- /targets -->")).lowerBound
    if ProcessInfo.processInfo.environment["CASCADE_RECORD"] == "1" {
      try TidyTests.repository.write(text[..<start] + table + text[end...], to: Self.article)
    } else {
      #expect(text[start..<end] == table, "\(Self.article) has another table of targets; CASCADE_RECORD=1 writes it")
    }
  }

  private static let article = "Sources/cascade/Documentation.docc/Architecture.md"
}

/// The manifest is read as SwiftPM reads it.
struct PackageManifestTests {
  @Test func `targets are read with their folders, what they need and what is said of them`() {
    let manifest = PackageManifest(
      """
      let package = Package(
        targets: [
          // What everything
          // stands on.
          .target(name: "Core", swiftSettings: strict),
          // Not for a target.

          .systemLibrary(name: "COpenSSL"),
          .target(
            name: "Ledger",
            dependencies: [
              "Core", "COpenSSL",
              // Why.
              .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.copy("a.txt")]
          ),
          .testTarget(name: "LedgerTests", dependencies: ["Ledger"], path: "Tests/Unit/LedgerTests"),
        ]
      )
      """)
    #expect(
      manifest.targets == [
        .init(name: "Core", kind: "target", path: "Sources/Core", comment: "What everything stands on."),
        .init(name: "COpenSSL", kind: "systemLibrary", path: "Sources/COpenSSL"),
        .init(
          name: "Ledger", kind: "target", path: "Sources/Ledger", targets: ["Core", "COpenSSL"],
          products: ["Logging"]),
        .init(name: "LedgerTests", kind: "testTarget", path: "Tests/Unit/LedgerTests", targets: ["Ledger"]),
      ])
    #expect(manifest.closure(of: "LedgerTests") == ["Ledger", "Core", "COpenSSL"])
    #expect(manifest.target(of: "Tests/Unit/LedgerTests/A.swift")?.name == "LedgerTests")
    #expect(manifest.target(of: "Sources/LedgerX/A.swift") == nil)
  }
}
