import Core
import Foundation
import StandIns
import TestSupport

/// Something that a host leans on, which a test breaks and mends while the host serves.
enum GameDayFault: CaseIterable, Sendable {
  /// A rule of the rulebook fails.
  case rule
  /// The disk takes long to keep what is written.
  case store
  /// Venice answers that it fails.
  case venice
  /// The disk is full.
  case disk

  /// The part that the host must name.
  var component: String {
    switch self {
    case .rule: "decisions"
    case .store: "store"
    case .venice: "venice"
    case .disk: "records"
    }
  }

  /// What the host must say of it.
  var problem: String {
    switch self {
    case .rule: "a decision fails"
    case .store: "store_latency is over 0.25"
    case .venice: "Venice answers with status 503"
    case .disk: "decision records can't be written"
    }
  }

  /// Each fault alone, then every two.
  static var combinations: [[GameDayFault]] {
    allCases.map { [$0] }
      + allCases.enumerated().flatMap { index, first in allCases.dropFirst(index + 1).map { [first, $0] } }
  }
}

/// A host that looks at itself each second, with everything around it that can be broken.
final class GameDay {
  let host: SelfAwareHost
  let venice: StandInVenice
  private let disk: Scratch
  private let rule: String
  private var transfers = 0

  private static let rulePath = "plugins/awareness/plugin.lua"
  /// Less than a segment of records has, and twice the log of the ledger between two checkpoints: a write of SQLite
  /// beyond a file's limit is no full disk to it but an error, after which the ledger is right to write nothing more.
  private static let diskKiB = 8 << 10

  /// Returns when the host knows its figure and has heard of Venice.
  init() async throws {
    venice = try await StandInVenice()
    disk = try Scratch()
    let slow = disk.url.appending(path: "slow").path()
    let faults = try FailingDisk.environment(in: disk.url.path(), ["CASCADE_SLOW": slow])
    host = try SelfAwareHost(
      ["--lanes", "1", "--awareness", "1"],
      environment: faults.merging(["CASCADE_VENICE_URL": venice.baseURL]) { $1 }, storeSeconds: 0.25)
    rule = try String(contentsOf: host.scratch.url.appending(path: Self.rulePath), encoding: .utf8)
    try signIn()
    try await host.wait { try host.component("venice")?["healthy"] == true && host.coverage() > 0 }
  }

  /// Signs in as a citizen whom nobody asked about before, in vain; so Venice is asked.
  private func signIn() throws {
    func post(_ path: String, _ body: JSON) throws -> JSON {
      try host.server.curl(["-d", body.text, "http://\(host.server.api)/v1/auth/\(path)"])
    }
    let nonce = try post("challenge", ["username": "citizen1"])["nonce"] ?? .null
    let signature = JSON.string(String(repeating: "A", count: 86))
    _ = try post("token", ["username": "citizen1", "nonce": nonce, "signature": signature])
  }

  /// Breaks it.
  func begin(_ fault: GameDayFault) throws {
    switch fault {
    case .rule:
      try reload(rule.replacing("return { components = policy.components }", with: #"error("a broken rule")"#))
    case .store: _ = try disk.write("slow", "")
    case .venice: venice.answer(.failing(503))
    case .disk:
      try limitFiles("\(Self.diskKiB << 10)")
      try fillDisk()
    }
  }

  /// Mends it.
  func end(_ fault: GameDayFault) throws {
    switch fault {
    case .rule: try reload(rule)
    case .store: try FileManager.default.removeItem(at: disk.url.appending(path: "slow"))
    case .venice: venice.answer(.usual)
    case .disk: try limitFiles("unlimited")
    }
  }

  /// What users do, without which nobody could see that something is broken: it decides, and moves money.
  func use() throws {
    transfers += 1
    let id = "7f3c1b1e-0000-4000-8000-\(String(100_000_000_000 + transfers))"
    _ = try? host.server.give(id: id, as: host.authorization)
    _ = try host.decide()
  }

  private func reload(_ text: String) throws {
    try host.scratch.write(Self.rulePath, text)
    let answer = try host.server.ask(
      ["-X", "POST"] + host.authorization + ["http://\(host.server.api)/v1/rulebook?specs=false"])
    if answer.status != 200 { throw GameDayFailure("the rule is refused: \(answer.json.text)") }
  }

  private func limitFiles(_ bytes: String) throws {
    let limit = ChildProcess()
    limit.executableURL = URL(filePath: "/usr/bin/prlimit")
    limit.arguments = ["--pid", "\(host.server.process.processIdentifier)", "--fsize=\(bytes):unlimited"]
    try limit.run()
    limit.waitUntilExit()
    if limit.terminationStatus != 0 { throw GameDayFailure("prlimit failed") }
  }

  /// Asks until the host refuses to decide what it can't keep.
  private func fillDisk() throws {
    let large = String(repeating: "x", count: 60_000)
    let line = try host.scratch.write("line", "{\"input\":{\"social_class\":\"\(large)\"}}")
    for _ in 0..<400 {
      let answer = try host.server.ask(["-d", "@" + line, "http://\(host.server.decisions)/v1/decisions/tier.assign"])
      if answer.json["code"] == "unavailable" { return }
    }
    throw GameDayFailure("the disk isn't full")
  }
}

/// A game day that couldn't be played.
struct GameDayFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
