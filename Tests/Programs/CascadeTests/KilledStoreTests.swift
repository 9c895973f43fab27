import Core
import Foundation
import TestSupport
import Testing

/// A host that was killed says nothing at its end. What it had is missed all the same.
struct KilledStoreTests {
  private let scratch: Scratch
  private var data: URL { scratch.url.appending(path: "data") }

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
  }

  private var mark: JSON {
    get throws { try JSON(parsing: Array(Data(contentsOf: data.appending(path: "host.json")))) }
  }

  /// Puts a copy of a file or folder where another stands.
  private func put(_ source: URL, at target: URL) throws {
    if FileManager.default.fileExists(atPath: target.path()) { try FileManager.default.removeItem(at: target) }
    try FileManager.default.copyItem(at: source, to: target)
  }

  /// Starts a host that must not start; what it said.
  private func refusal(_ arguments: [String] = []) -> String {
    do {
      let server = try RunningServer(scratch, ["--no-specs"] + arguments)
      return "it started: \(server.logged)"
    } catch { return "\(error)" }
  }

  /// Starts a host that must start, and stops it; what it logged.
  private func logged(_ arguments: [String] = []) throws -> String {
    let server = try RunningServer(scratch, ["--no-specs"] + arguments)
    #expect(server.stop() == 0, "\(server.logged)")
    return server.logged
  }

  /// Runs a host until it noted what is kept and `isNoted` holds, then kills it.
  private func runAndKill(_ body: (RunningServer) throws -> Void = { _ in }, until isNoted: (JSON) -> Bool) async throws
  {
    let server = try RunningServer(scratch, ["--no-specs"])
    try body(server)
    #expect(try await Patience.lasts { isNoted(try mark) })
    server.process.kill()
    server.process.waitUntilExit()
  }

  @Test(arguments: ["payments", "sessions", "graph"])
  func `a store that was removed, emptied or replaced by an old copy after a kill is missed`(store: String) async throws
  {
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(server.stop() == 0, "\(server.logged)")
    let folder = data.appending(path: store)
    let (early, left) = (scratch.url.appending(path: "early"), scratch.url.appending(path: "left"))
    try put(folder, at: early)
    let before = try #require(try mark["ages"]?[store]?.array?.first?.integer)
    try await runAndKill(until: { ($0["ages"]?[store]?.array?.first?.integer ?? 0) > before })
    try put(folder, at: left)
    #expect(try mark["left"] == nil, "nothing says how it left them")

    let file = folder.appending(path: "\(store).sqlite")
    let log = folder.appending(path: "\(store).sqlite-wal")
    let missing = "\(store)/\(store).sqlite is missing or empty, and a host kept its \(store) there"
    let older = "\(store)/\(store).sqlite is older than what the last host had there"
    let damages: [(what: String, said: String, act: () throws -> Void)] = [
      ("removed", missing, { try FileManager.default.removeItem(at: folder) }),
      ("emptied", missing, { try Data().write(to: file) }),
      ("an old copy", older, { try self.put(early, at: folder) }),
      ("no log of writes", older, { try FileManager.default.removeItem(at: log) }),
      ("an empty log of writes", older, { try Data().write(to: log) }),
      (
        "a flipped log of writes", older,
        {
          // In the head of its first frame, so that no frame counts.
          var bytes = try Data(contentsOf: log)
          bytes[40] ^= 1
          try bytes.write(to: log)
        }
      ),
    ]
    for damage in damages {
      try put(left, at: folder)
      try damage.act()
      let said = refusal()
      #expect(said.contains(damage.said) && said.contains("--accept-loss \(store)"), "\(damage.what): \(said)")
      // It wasn't begun anew, so it is missing the next time, too.
      let again = refusal()
      #expect(again.contains(damage.said) && again.contains("--accept-loss \(store)"), "\(damage.what): \(again)")
    }

    // Accepted once, an old copy is what there is.
    try put(early, at: folder)
    #expect(try logged(["--accept-loss", store]).contains("the loss of data was accepted: \(store)"))
    #expect(try mark["losses"]?.array?.contains { $0["part"]?.string == store } == true)
    #expect(try !logged().contains("accepted"))
  }

  @Test func `a killed host's stores as it left them start without a word, again and again`() async throws {
    for _ in 0..<3 {
      let before = (try? mark["ages"]?["payments"]?.array?.first?.integer) ?? 0
      try await runAndKill(until: { ($0["ages"]?["payments"]?.array?.first?.integer ?? 0) > before })
    }
    #expect(try !logged().contains("accepted"))
  }

  @Test func `entries that came after the newest checkpoint are missed after a kill`() async throws {
    func give(_ count: Int, _ server: RunningServer) throws {
      let authorization = try server.authorization(scratch)
      for _ in 0..<count {
        #expect(try server.give(id: UUID().uuidString.lowercased(), as: authorization).status == 200)
      }
    }
    let server = try RunningServer(scratch, ["--no-specs"])
    try give(3, server)
    #expect(server.stop() == 0, "\(server.logged)")
    let (early, checkpoints) = (scratch.url.appending(path: "early"), scratch.url.appending(path: "checkpoints"))
    try put(data.appending(path: "ledger"), at: early)
    try put(data.appending(path: "checkpoints"), at: checkpoints)
    try await runAndKill({ try give(2, $0) }, until: { $0["entries"]?.integer == 5 })
    // As if none had been made since.
    try put(checkpoints, at: data.appending(path: "checkpoints"))
    try put(early, at: data.appending(path: "ledger"))

    // A second start is refused like the first.
    for _ in 0..<2 {
      let said = refusal()
      #expect(said.contains("ends at entry 3, but the last host saw 5: 2 entries are missing"), "\(said)")
      #expect(said.contains("--accept-loss 3"), "\(said)")
    }
    #expect(refusal(["--accept-loss", "2"]).contains("--accept-loss 3"))
    let accepted = try logged(["--accept-loss", "3"])
    #expect(accepted.contains("the loss of data was accepted: ledger: everything behind 3, up to 5"), "\(accepted)")
    #expect(try !logged().contains("accepted"))
  }
}
