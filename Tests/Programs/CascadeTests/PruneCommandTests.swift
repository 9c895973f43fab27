import Core
import Foundation
import Testing

/// Old records that the program removes, with a host and without one.
struct PruneCommandTests {
  private let scratch: Scratch
  private let data: String

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
  }

  private func run(_ arguments: String...) throws -> Program.Ending { try Program.run(arguments + ["--data", data]) }

  @Test(arguments: [
    ["prune"], ["prune", "--before", "1", "--keep", "1d"], ["prune", "--keep", "1"], ["prune", "--keep", "0d"],
    ["prune", "--keep", "-1d"], ["prune", "--keep", "99999999999999d"], ["prune", "--before", "yesterday"],
    ["prune", "--before", "2999-01-01"],
  ])
  func `what can't be meant is wrong usage`(_ arguments: [String]) throws {
    let ending = try Program.run(["records"] + arguments + ["--data", data])
    #expect(ending.code == 64, "\(ending.error)")
    #expect(!FileManager.default.fileExists(atPath: data))
  }

  @Test func `without data there is nothing to prune or to recognise`() throws {
    for command in [["prune", "--keep", "1d"], ["verify", "nowhere.packed"]] {
      let ending = try Program.run(["records"] + command + ["--data", data])
      #expect(ending.code == 1)
      #expect(ending.error.contains("there is no ledger in"))
    }
    #expect(!FileManager.default.fileExists(atPath: data))
  }

  @Test func `a host prunes when one runs, and the command does it by itself when none does`() throws {
    let server = try RunningServer(scratch, ["--no-specs", "--keep-records", "90d"])
    for _ in 0..<3 { _ = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#) }
    let before = String(Int64(Date().timeIntervalSince1970 * 1_000))
    let asked = try run("records", "prune", "--before", before, "--api", server.api)
    #expect(asked.code == 0, "\(asked.error)")
    // What is being written stays.
    #expect(try asked.json() == ["segments": 0, "records": 0, "problems": []])
    #expect(server.stop() == 0)
    let alone = try run("records", "prune", "--keep", "1h")
    #expect(alone.code == 0, "\(alone.error)")
    #expect(try alone.json() == ["segments": 0, "records": 0, "problems": []])
    #expect(try run("replay", "--all").out == "3 decisions come out the same\n")
    let acts = try run("audit").out
    #expect(acts.contains("pruneRecords"), "\(acts)")
  }

  @Test(arguments: ["0d", "soon"])
  func `a host doesn't start with an age that is none`(_ age: String) throws {
    let ending = try Program.run(["serve", "--data", data, "--keep-records", age])
    #expect(ending.code == 64)
    #expect(ending.error.contains("--keep-records is a number of days or hours"))
  }

  @Test func `a file that is no segment is none that was removed`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(server.stop() == 0)
    let file = try scratch.write("copy.packed", "no segment")
    #expect(try run("records", "verify", file).code == 2)
    #expect(try run("records", "verify", file + ".gone").code == 1)
  }
}
