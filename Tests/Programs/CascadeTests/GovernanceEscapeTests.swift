import Core
import Foundation
import Governance
import GovernanceTesting
import Testing

/// Ways out of governance that somebody with the host's files might try: none is one.
struct GovernanceEscapeTests {
  @Test func `without the flag a chain with a root decides all the same, and files change nothing`() throws {
    let governed = try GovernedData(try Scratch())
    try GovernedData.write(fee: 9, governed.scratch)
    let server = try governed.serve()
    #expect(try governed.get("/v1/governance", server)["governed"] == true)
    #expect(try governed.get("/v1/rulebook", server)["digest"]?.string == governed.founding.digest)
    for command in ["reload", "rollback"] {
      let refused = try governed.run([command], server)
      #expect(refused.code != 0, "\(command)")
      #expect(refused.error.contains("governance is in force"), "\(command): \(refused.error)")
    }
    #expect(try governed.run(["reload"], server).error.contains("policies/fees.lua: changed"))
    #expect(try governed.get("/v1/rulebook", server)["digest"]?.string == governed.founding.digest)
    #expect(try governed.get("/health/ready", server)["status"] == "degraded")
    #expect(server.stop() == 0)
  }

  @Test func `neither an emptied directory nor one from before governance starts under the pin`() throws {
    let governed = try GovernedData(try Scratch())
    #expect(try governed.serve(isPinned: true).stop() == 0)
    try governed.move("data", to: "data.governed")
    for attempt in ["emptied", "before"] {
      let refused = #expect(throws: ServerFailure.self) { _ = try governed.serve(isPinned: true) }
      #expect(refused?.said.contains("the chain has no root") == true, "\(attempt): \(refused?.said ?? "")")
      // A host without the pin makes a chain that is of no use under it.
      if attempt == "emptied" { #expect(try governed.serve().stop() == 0) }
    }
  }

  @Test func `another chain with a root of its own doesn't start under the pin`() throws {
    let governed = try GovernedData(try Scratch())
    let other = try GovernedData(try Scratch())
    try governed.move("data", to: "data.governed")
    try FileManager.default.copyItem(
      at: other.scratch.url.appending(path: "data"), to: governed.scratch.url.appending(path: "data"))
    let refused = #expect(throws: ServerFailure.self) { _ = try governed.serve(isPinned: true) }
    #expect(refused?.said.contains("\(governed.pin) was pinned") == true, "\(refused?.said ?? "")")
    // Its steps in a chain of another ledger are none: the entry of the root names its own.
    let verified = try governed.run(["governance", "verify", "--root", governed.pin])
    #expect(verified.code == 2 && verified.error.contains("other_root"), "\(verified.error)")
  }

  @Test func `an older folder that is copied back decides by what was signed, not by the files`() throws {
    let governed = try GovernedData(try Scratch())
    try governed.copy("data", to: "data.older")
    let server = try governed.serve()
    _ = try governed.activate(fee: 4, server)
    let new = FileManifest(contents: GovernedData.contents(fee: 4)).digest
    #expect(try governed.get("/v1/rulebook", server)["digest"]?.string == new)
    #expect(server.stop() == 0)
    try governed.move("data", to: "data.newer")
    try governed.move("data.older", to: "data")
    try GovernedData.write(fee: 9, governed.scratch)
    let restored = try governed.serve(isPinned: true)
    let state = try governed.get("/v1/governance", restored)
    #expect(state["governed"] == true && state["sequence"] == 0)
    #expect(try governed.get("/v1/rulebook", restored)["digest"]?.string == governed.founding.digest)
    // What was signed for the chain as it is now comes into force again, and only that.
    #expect(try governed.run(["reload"], restored).code != 0)
    _ = try governed.activate(fee: 4, restored)
    #expect(try governed.get("/v1/rulebook", restored)["digest"]?.string == new)
    #expect(restored.stop() == 0)
  }

  @Test func `what is restored from a backup is governed as it was`() throws {
    let governed = try GovernedData(try Scratch())
    let server = try governed.serve()
    _ = try governed.activate(fee: 4, server)
    let taken = try governed.run(["backup", "--to", "backup"])
    #expect(taken.code == 0, "\(taken.error)\(taken.out)")
    #expect(server.stop() == 0)
    try governed.move("data", to: "data.lost")
    let put = try governed.run(["restore", "--from", "backup"])
    #expect(put.code == 0, "\(put.error)\(put.out)")
    try GovernedData.write(fee: 9, governed.scratch)
    let restored = try governed.serve(isPinned: true)
    #expect(try governed.get("/v1/governance", restored)["sequence"] == 1)
    let new = FileManifest(contents: GovernedData.contents(fee: 4)).digest
    #expect(try governed.get("/v1/rulebook", restored)["digest"]?.string == new)
    #expect(try governed.run(["reload"], restored).error.contains("governance is in force"))
    #expect(restored.stop() == 0)
    // Data without the rulebook in force are no backup.
    try FileManager.default.removeItem(
      at: governed.scratch.url.appending(path: "data/rulebooks/\(new.dropFirst("sha256:".count))"))
    let damaged = try governed.run(["backup", "--to", "damaged"])
    #expect(damaged.code == 2 && damaged.out.contains("\(new) is gone"), "\(damaged.out)\(damaged.error)")
  }

  @Test func `a second init is refused whoever signed it, and the chain is as it was`() throws {
    let governed = try GovernedData(try Scratch())
    let before = try governed.run(["governance", "verify"]).out
    let next = governed.committee.root(changes: [("expires", "9999-01-01T00:00:00Z")])
    try governed.scratch.write("other.json", governed.committee.signed(next, by: [0, 1, 2, 3, 4]).json.text)
    let stranger = try GovernedData(try Scratch())
    try FileManager.default.copyItem(
      at: stranger.scratch.url.appending(path: "root.json"), to: governed.scratch.url.appending(path: "stranger.json"))
    for root in ["root.json", "other.json", "stranger.json"] {
      let again = try governed.run(["governance", "init", root, "--rulebook", "."])
      #expect(again.code == 2 && again.error.hasPrefix("error: governed:"), "\(root): \(again.error)")
    }
    #expect(try governed.run(["governance", "verify"]).out == before)
    #expect(before.hasPrefix("1 steps are justified"))
  }

  @Test func `commands work on unsigned files, and say that they are`() throws {
    let governed = try GovernedData(try Scratch())
    #expect(try !governed.run(["check"]).error.contains("unsigned"))
    try GovernedData.write(fee: 9, governed.scratch)
    for command in [["check"], ["test"], ["eval", "fees.fee", "--input", "empty.json"]] {
      try governed.scratch.write("empty.json", "{}")
      let ending = try governed.run(command)
      #expect(ending.code == 0, "\(command): \(ending.error)")
      #expect(
        ending.error.contains("note: these rules are unsigned") && ending.error.contains(governed.founding.digest),
        "\(command): \(ending.error)")
    }
    let backtest = try governed.run(["backtest", "--candidate", "."])
    #expect(backtest.error.contains("note: these rules are unsigned"), "\(backtest.error)")
  }
}
