import Core
import Foundation
import TestSupport
import Testing

/// Backups beside a running host, and hosts on what was restored.
struct BackupTests {
  private let scratch: Scratch
  private let data: String
  private let backup: String

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
    backup = scratch.url.appending(path: "backup").path()
  }

  /// A second place for data, beside the rulebook that hosts of it serve.
  private func other() throws -> (scratch: Scratch, data: String) {
    let other = try Scratch()
    try other.copyRulebook()
    return (other, other.url.appending(path: "data").path())
  }

  private static func id(_ number: Int) -> String {
    "7f3c1b1e-0000-4000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number)
  }

  private func give(_ numbers: Range<Int>, _ server: RunningServer, _ token: [String]) throws {
    for number in numbers {
      #expect(try server.give(id: Self.id(number), as: token).status == 200)
      _ = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    }
  }

  private func take() throws -> Program.Ending { try Program.run(["backup", "--data", data, "--to", backup]) }

  private func put(in data: String) throws -> Program.Ending {
    try Program.run(["restore", "--from", backup, "--data", data])
  }

  /// What an account of the running host holds; 0 before there is one.
  private func posted(_ account: String, _ server: RunningServer, _ token: [String]) throws -> Int64 {
    try server.ask(token + ["http://\(server.api)/v1/ledger/accounts/\(account)"]).json["posted"]?.integer ?? 0
  }

  @Test func `a backup while money moves has all of it at one moment`() async throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    try give(0..<2, server, token)
    let load = ChildProcess()
    load.executableURL = URL(filePath: "/bin/bash")
    load.arguments = [
      "-c",
      #"""
      for n in $(seq 100000 200000); do
        id=$(printf '7f3c1b1e-0000-4000-8000-%012d' "$n")
        event='{"id":"'$id'","kind":"posted","from":"world","to":"citizen:b","amount":{"asset":"DUC/2","minor":1}}'
        curl -s -o /dev/null -H "$1" -d '{"events":['$event']}' "$0" || exit
      done
      """#,
      "http://\(server.api)/v1/ledger/transfers", try #require(token.last),
    ]
    try load.run()
    defer { load.terminate() }
    #expect(try await Patience.lasts { try posted("citizen:b", server, token) > 0 })
    let before = try posted("citizen:b", server, token)
    let taken = try take()
    #expect(taken.code == 0 && taken.out.hasPrefix("ok: "), "\(taken.out)\(taken.error)")
    let after = try posted("citizen:b", server, token)
    #expect(after > before, "the backup was taken while nothing moved")
    load.terminate()
    let restored = try other()
    #expect(try put(in: restored.data).code == 0)
    let balances = try Program.run(["ledger", "balances", "--format", "json", "--data", restored.data]).json()
    var held: [String: Int64] = [:]
    for account in balances["accounts"]?.array ?? [] {
      held[account["account"]?.string ?? "?"] = account["posted"]?.integer
    }
    #expect((before...after).contains(held["citizen:b"] ?? 0), "\(balances.text)")
    #expect(held["citizen:a"] == 2)
    #expect(held.values.reduce(0, +) == 0, "\(balances.text)")
    #expect(try Program.run(["ledger", "verify", "--data", restored.data]).code == 0)
    #expect(server.stop() == 0)
  }

  @Test func `a backup of a host that goes on is restored to what it was, and no token or session comes with it`()
    throws
  {
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    try give(0..<5, server, token)
    // It goes on while the backup is taken.
    let load = ChildProcess()
    load.executableURL = URL(filePath: "/bin/bash")
    load.arguments = [
      "-c",
      #"for n in $(seq 5000); do curl -s -o /dev/null -d '{"input":{"social_class":"Nobili"}}' "$0" || exit; done"#,
      "http://\(server.decisions)/v1/decisions/tier.assign",
    ]
    try load.run()
    defer { load.terminate() }
    let taken = try take()
    #expect(taken.code == 0 && taken.out.hasPrefix("ok: "), "\(taken.out)\(taken.error)")
    let restored = try other()
    let put = try put(in: restored.data)
    #expect(put.code == 0, "\(put.out)\(put.error)")
    #expect(put.out == taken.out)
    load.terminate()
    for command in [["ledger", "verify"], ["replay", "--all"]] {
      let ending = try Program.run(command + ["--data", restored.data])
      #expect(ending.code == 0, "\(command): \(ending.out)\(ending.error)")
    }
    let balances = try Program.run(["ledger", "balances", "--data", restored.data])
    #expect(balances.out.contains("citizen:a"), "\(balances.out)")
    for secret in ["keys/ring.json", "sessions", "epoch"] {
      #expect(!FileManager.default.fileExists(atPath: backup + "/" + secret), "\(secret)")
    }
    // A host on it goes on, by new keys.
    let second = try RunningServer(restored.scratch, ["--no-specs"])
    #expect(try second.status(token, "/v1/ledger/checkpoint") == 401)
    let fresh = try second.authorization(restored.scratch)
    try give(5..<7, second, fresh)
    let epochs = try [data, restored.data].map { try String(contentsOfFile: $0 + "/epoch", encoding: .utf8) }
    #expect(epochs[0] != epochs[1])
    let audit = try Program.run(["audit", "--data", restored.data])
    #expect(audit.out.contains("restore"), "\(audit.out)")
    #expect(try Program.run(["audit", "--data", data]).out.contains("backup"))
    #expect(second.stop() == 0)
    #expect(try Program.run(["ledger", "verify", "--data", restored.data]).code == 0)
  }

  @Test func `whatever file of a backup is changed, cut or gone is named, and nothing is restored`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    try give(0..<2, server, try server.authorization(scratch))
    #expect(server.stop() == 0)
    #expect(try take().code == 0)
    let manifest = try JSON(parsing: Array(Data(contentsOf: URL(filePath: backup + "/backup.json"))))
    let files = try #require(manifest["files"]?.array).compactMap { $0["path"]?.string }
    #expect(files.count >= 7)
    let target = scratch.url.appending(path: "restored").path()
    for path in files {
      let file = URL(filePath: backup + "/" + path)
      let original = try Data(contentsOf: file)
      var flipped = original
      if !flipped.isEmpty { flipped[flipped.count / 2] ^= 1 }
      for changed in [flipped, original.dropLast(), original + [0]] where changed != original {
        try changed.write(to: file)
        let ending = try put(in: target)
        #expect(ending.code == 2 && ending.out.contains(path), "\(path): \(ending.out)\(ending.error)")
        #expect(!FileManager.default.fileExists(atPath: target))
      }
      try FileManager.default.removeItem(at: file)
      let ending = try put(in: target)
      #expect(ending.code == 2 && ending.out.contains("\(path) is missing"), "\(ending.out)\(ending.error)")
      try original.write(to: file)
    }
    #expect(try put(in: target).code == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path())
    #expect(left.allSatisfy { !$0.contains("restoring") && !$0.contains("verifying") }, "\(left)")
  }

  @Test func `nothing is overwritten, and what is no whole backup is none`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(server.stop() == 0)
    #expect(try take().code == 0)
    let again = try take()
    #expect(again.code == 1 && again.error.contains("isn't empty; nothing in it is overwritten"), "\(again.error)")
    let onto = try put(in: data)
    #expect(onto.code == 1 && onto.error.contains("isn't empty; nothing in it is overwritten"), "\(onto.error)")
    try FileManager.default.removeItem(atPath: backup + "/backup.json")
    let target = scratch.url.appending(path: "restored").path()
    let none = try put(in: target)
    #expect(none.code == 1 && none.error.contains("it has no backup.json, which is written last"), "\(none.error)")
    let never = try Program.run(["backup", "--data", target, "--to", scratch.url.appending(path: "b").path()])
    #expect(never.code == 1 && never.error.contains("no host has kept anything in"), "\(never.error)")
  }

  @Test func `data that are damaged make no backup`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    try give(0..<3, server, try server.authorization(scratch))
    #expect(server.stop() == 0)
    let rulebooks = try FileManager.default.contentsOfDirectory(atPath: data + "/rulebooks")
    let file = URL(filePath: data + "/rulebooks/" + (try #require(rulebooks.first)))
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: file)
    let taken = try take()
    #expect(taken.code == 2 && taken.out.contains("rulebooks/"), "\(taken.out)\(taken.error)")
    #expect(!FileManager.default.fileExists(atPath: backup + "/backup.json"))
  }

  @Test func `a demonstration's backup is a demonstration's`() throws {
    let server = try RunningServer(scratch, ["--no-specs", "--demo"])
    #expect(server.stop() == 0)
    #expect(try take().code == 0)
    let restored = try other()
    #expect(try put(in: restored.data).code == 0)
    #expect(throws: ServerFailure.self) { _ = try RunningServer(restored.scratch, ["--no-specs"]) }
    let demo = try RunningServer(restored.scratch, ["--no-specs", "--demo"])
    #expect(demo.stop() == 0)
  }
}
