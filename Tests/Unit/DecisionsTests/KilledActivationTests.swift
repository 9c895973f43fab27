import Core
import Decisions
import Foundation
import Governance
import GovernanceTesting
import GovernedHosts
import Ledger
import Rulebook
import StoreSQLite
import TestSupport
import Testing

/// A host that is killed at any step of an activation: whatever it had written decides, or the old rules do.
@Suite struct KilledActivationTests {
  /// What lies in a data directory.
  private struct Found: Equatable {
    var sequence: Int64
    var activations: Int
    var entries: Int64
  }

  private static let new = FileManifest(contents: GovernedHost.files(fee: 4)).digest

  @Test func `killed at every write and sync of an activation, it is finished once or has not begun`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "killed-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let disk = try FailingDisk.environment(in: folder, ["CASCADE_FAIL_NAME": "/*"])
    let ready = "\(folder)/ready"
    try await prepare(ready)
    let before = try await look(ready)
    #expect(before.sequence == 0 && before.activations == 0)
    var left: [Int64: Int] = [:]
    for place in 1... {
      let (directory, mark) = ("\(folder)/data-\(place)", "\(folder)/mark-\(place)")
      try FileManager.default.copyItem(atPath: ready, toPath: directory)
      let cut = disk.merging(["CASCADE_CUT_AT": "\(place)", "CASCADE_MARK": mark]) { $1 }
      let killed = try run(directory, cut)
      if !FileManager.default.fileExists(atPath: mark) {
        // No place is left: it came to its end.
        #expect(killed == "1 \(Self.new)")
        break
      }
      let found = try await look(directory)
      #expect(found.activations == Int(found.sequence), "write \(place)")
      left[found.sequence, default: 0] += 1
      #expect(try run(directory, [:]) == "1 \(Self.new)", "write \(place)")
      let finished = try await look(directory)
      #expect(finished == Found(sequence: 1, activations: 1, entries: before.entries + 1), "write \(place)")
      if place % 8 == 0 {
        #expect(try run(directory, [:]) == "1 \(Self.new)", "write \(place)")
        #expect(try await look(directory) == finished, "write \(place)")
      }
      try FileManager.default.removeItem(atPath: directory)
    }
    print("killed before the entry of the activation: \(left[0] ?? 0) times, after it: \(left[1] ?? 0) times")
    #expect(left[0] ?? 0 > 0 && left[1] ?? 0 > 0)
  }

  /// A data directory with a root and a proposal that is ready: founded, proposed, approved, ready.
  private func prepare(_ directory: String) async throws {
    let committee = try Committee()
    let ledger = try SQLiteLedgerStore(directory: directory)
    let rulebooks = try FileRulebookStore(directory: directory)
    for fee in [3, 4] { _ = try await rulebooks.stage(RulebookSnapshot(files: GovernedHost.files(fee: fee))) }
    let book = try await GovernanceBook(ledger, time: .system)
    let far: [(String, JSON?)] = [("expires", "9999-01-01T00:00:00Z")]
    let nothing: JSON = ["policies": "PT0S", "plugins": "PT0S", "root": "PT0S"]
    let root = committee.root(changes: far + [("delays", nothing)])
    try await book.found(
      try committee.payload(root, by: [0, 1, 2]), files: FileManifest(contents: GovernedHost.files))
    let state = try #require(await book.current)
    let fee = try committee.proposal(GovernedHost.files(fee: 4), after: state, title: "fee 4", changes: far)
    try await book.take(.proposed, fee.digest, try committee.payload(fee, by: [0, 1, 2]))
    await ledger.close()
  }

  /// What the chain of a data directory comes to, every entry verified and every signature counted.
  private func look(_ directory: String) async throws -> Found {
    let ledger = try SQLiteLedgerStore(directory: directory)
    #expect(try await ledger.verify(against: nil).problem == nil)
    var chain = GovernanceChain()
    var activations = 0
    try await chain.follow(ledger) { step, _ in activations += step.kind == .activated ? 1 : 0 }
    let found = Found(
      sequence: chain.state?.active.sequence ?? -1, activations: activations, entries: try await ledger.head().sequence)
    await ledger.close()
    return found
  }

  /// The last line of a host that runs on `directory`; empty when it was killed before it had said anything.
  private func run(_ directory: String, _ environment: [String: String]) throws -> String {
    let process = ChildProcess()
    let pipe = Pipe()
    process.executableURL = BuiltProgram.url("ActivatingHost")
    process.arguments = [directory]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return said.split(separator: "\n").last.map { String($0) } ?? ""
  }
}
