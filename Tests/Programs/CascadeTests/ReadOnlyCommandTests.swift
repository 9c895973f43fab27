import Core
import Foundation
import Testing

/// An auditor's copy: what only reads works where nothing may be written, and says what it says on the original.
struct ReadOnlyCommandTests {
  private let scratch: Scratch
  private let original: String
  private let copy: String
  /// A recorded decision with effects, and one without.
  private let decisions: [String]

  init() throws {
    scratch = try Scratch()
    original = scratch.url.appending(path: "data").path()
    copy = scratch.url.appending(path: "copy").path()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    let edges = #"{"relationships":[{"citizen1":"a","citizen2":"b","trustScore":70}]}"#
    #expect(try server.give(900, id: "7f3c1b1e-0000-4000-8000-000000000001", as: token).status == 200)
    #expect(try server.ask(token + ["-d", edges, "http://\(server.api)/v1/graph/relationships"]).status == 200)
    let decided = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    decisions = [try #require(decided["decision_id"]?.string)]
    #expect(server.stop() == 0)
    try FileManager.default.copyItem(atPath: original, toPath: copy)
  }

  /// Runs the program where it may write nothing under `directory`.
  private func readOnly(_ arguments: [String], in directory: String) throws -> Program.Ending {
    if getuid() != 0 {
      // Who isn't root is held by the rights of the files.
      let ending = try Program.run(["-R", "a-w", directory], executable: "/bin/chmod")
      #expect(ending.code == 0)
      return try Program.run(arguments)
    }
    let mount = #"d=$1; shift; mount --bind "$d" "$d" && mount -o remount,ro,bind "$d" "$d" && exec "$@""#
    return try Program.run(
      ["-m", "--propagation", "private", "/bin/sh", "-c", mount, "sh", directory, Program.path] + arguments,
      executable: "/usr/bin/unshare")
  }

  @Test func `every command that only reads says the same on a copy where nothing may be written`() throws {
    let keys = copy + "/keys/ring.json"
    #expect(FileManager.default.fileExists(atPath: keys))
    let commands = [
      ["ledger", "verify"], ["ledger", "balances"], ["ledger", "export", "--format", "csv"],
      ["ledger", "export", "--format", "hledger"], ["ledger", "export", "--format", "beancount"],
      ["graph", "export", "--format", "csv"], ["graph", "export", "--format", "graphml"], ["replay", "--all"],
      ["replay", decisions[0]], ["token", "keys"], ["ledger", "note-key"],
      ["ledger", "prove", "7f3c1b1e-0000-4000-8000-000000000001"],
    ]
    for command in commands {
      let there = try Program.run(command + ["--data", original])
      let here = try readOnly(command + ["--data", copy], in: copy)
      #expect(there.code == 0 && here.code == 0, "\(command): \(there.error) \(here.error)")
      #expect(here.out == there.out, "\(command)")
    }
  }

  @Test func `what must write says so at once, and why`() throws {
    for command in [
      ["ledger", "transfer", "--from", "world", "--to", "a", "--amount", "1 X"], ["token", "rotate"],
      [
        "graph", "import", "--edges",
        try scratch.write("e.csv", "citizen1,citizen2,trustScore,strengthScore,lastInteraction\n"),
      ],
    ] {
      let ending = try readOnly(command + ["--data", copy], in: copy)
      #expect(ending.code == 1, "\(command): \(ending.out)")
      let reasons = ["Read-only file system", "Permission denied", "readonly database"]
      #expect(reasons.contains { ending.error.contains($0) }, "\(command): \(ending.error)")
    }
  }
}
