import Core
import Foundation
import TestSupport
import Testing

/// A running host on a disk that fails once: what is said to be durable is, or it says that it may not be.
struct DurabilityTests {
  private static func serve(_ name: String, at number: Int) throws -> (Scratch, RunningServer) {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let faults = try FailingDisk.environment(
      in: scratch.url.path(), ["CASCADE_FAIL_NAME": name, "CASCADE_FAIL_AT": "\(number)"])
    return (scratch, try RunningServer(scratch, ["--no-specs", "--lanes", "1"], environment: faults))
  }

  /// Its file is written under a name that goes on from its own, and then synced; so is its directory.
  @Test(arguments: [("/000000000001.json.*", 1), ("/000000000001.json.*", 2), ("/checkpoints", 1)])
  func `a checkpoint that can't be made durable is said to be none, and is made again`(
    name: String, number: Int
  ) async throws {
    let (scratch, server) = try Self.serve(name, at: number)
    let authorization = try server.authorization(scratch)
    _ = try server.give(to: "citizen:anna", id: "018bcfe5-6800-7000-8000-000000000001", as: authorization)
    let data = scratch.url.appending(path: "data")
    let checkpoint = data.appending(path: "checkpoints/000000000001.json").path()
    for _ in 0..<400
    where !server.logged.contains("no checkpoint") || !FileManager.default.fileExists(atPath: checkpoint) {
      try await Task.sleep(for: .milliseconds(25))
    }
    #expect(server.logged.contains("no checkpoint of the ledger could be made: can't "), "\(server.logged)")
    #expect(server.logged.contains("Input/output error"))
    #expect(server.stop() == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: data.appending(path: "checkpoints").path())
    #expect(left.allSatisfy { !$0.hasSuffix(".new") }, "\(left)")
    let verified = try Program.run(["ledger", "verify", "--data", data.path()])
    #expect(verified.code == 0, "\(verified.out)\(verified.error)")
    #expect(verified.error.contains("the checkpoint of 1 entries was signed by the key"))
  }

  @Test func `records that can't be synced at the end are said to be lost perhaps`() throws {
    let (scratch, server) = try Self.serve("/000000000001.records", at: 2)
    _ = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    #expect(server.stop() == 1)
    #expect(server.logged.contains("the last decision records may be lost: can't sync"), "\(server.logged)")
    // What was written is there, as long as the system keeps it.
    let all = try Program.run(["replay", "--all", "--data", scratch.url.appending(path: "data").path()])
    #expect(all.code == 0 && all.out.hasSuffix(" come out the same\n"), "\(all.out)\(all.error)")
  }
}
