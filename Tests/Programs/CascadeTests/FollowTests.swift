import Core
import Foundation
import TestSupport
import Testing

/// Backups that follow a host, and what is left when that is destroyed.
struct FollowTests {
  private let scratch: Scratch
  private let data: String
  private let backup: String

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
    backup = scratch.url.appending(path: "backup").path()
  }

  /// A backup that follows until it is told to end, or ends by itself.
  private final class Follower {
    private let process = ChildProcess()
    private let log: URL

    init(_ scratch: Scratch, _ arguments: [String]) throws {
      log = scratch.url.appending(path: "follow-\(UUID().uuidString).log")
      _ = FileManager.default.createFile(atPath: log.path(), contents: nil)
      process.executableURL = URL(filePath: Program.path)
      process.arguments = ["backup", "--follow"] + arguments
      let output = try FileHandle(forWritingTo: log)
      (process.standardOutput, process.standardError) = (output, output)
      try process.run()
      try wait("its first backup") { said.contains("ok: ") }
    }

    deinit { if process.isRunning { process.terminate() } }

    var said: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process.isRunning }

    /// Waits until `condition` holds; long enough for a busy machine.
    func wait(_ what: String, until condition: () throws -> Bool) throws {
      for _ in 0..<2400 {
        if try condition() { return }
        if !process.isRunning { break }
        usleep(50_000)
      }
      if try !condition() { throw ServerFailure(said: "\(what) didn't come: \(said)") }
    }

    func end() -> Int32 {
      process.terminate()
      return ended()
    }

    func ended() -> Int32 {
      process.waitUntilExit()
      return process.terminationStatus
    }
  }

  private static func id(_ number: Int) -> String {
    "7f3c1b1e-0000-4000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number)
  }

  private func give(_ numbers: Range<Int>, _ server: RunningServer, _ token: [String]) throws {
    for number in numbers { #expect(try server.give(id: Self.id(number), as: token).status == 200) }
  }

  /// Where the backup says that the ledger ends.
  private func shipped() -> Int64 {
    let bytes = (try? Data(contentsOf: URL(filePath: backup + "/shipped.json"))).map(Array.init)
    return bytes.flatMap { try? JSON(parsing: $0) }?["size"]?.integer ?? -1
  }

  private func restore(_ name: String, _ arguments: [String] = []) throws -> (data: String, ending: Program.Ending) {
    let target = scratch.url.appending(path: name).path()
    return (target, try Program.run(["restore", "--from", backup, "--data", target] + arguments))
  }

  private func size(_ data: String) throws -> Int {
    let verified = try Program.run(["ledger", "verify", "--data", data])
    #expect(verified.code == 0, "\(verified.out)\(verified.error)")
    return verified.out.split(separator: " ").first.flatMap { Int($0) } ?? -1
  }

  @Test func `when its source is destroyed under load, at most two seconds of what was acknowledged are gone`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    let follower = try Follower(scratch, ["--data", data, "--to", backup])
    // When each was acknowledged.
    var transfers: [Date] = []
    var decisions: [(id: String, at: Date)] = []
    let until = Date(timeIntervalSinceNow: 6)
    while Date() < until {
      try give(transfers.count..<transfers.count + 1, server, token)
      transfers.append(Date())
      let decided = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)
      decisions.append((decided["decision_id"]?.string ?? "", Date()))
    }
    let destroyed = Date()
    server.process.kill()
    try FileManager.default.removeItem(atPath: data)
    #expect(follower.ended() == 2, "\(follower.said)")
    #expect(follower.said.contains("has everything up to entry"), "\(follower.said)")

    let (restored, put) = try restore("restored")
    #expect(put.code == 0, "\(put.out)\(put.error)")
    #expect(put.out.contains(", up to 20"), "\(put.out)")
    let due = transfers.count { destroyed.timeIntervalSince($0) > 2 }
    #expect(try size(restored) >= due && due > 3, "\(transfers.count)")
    let replayed = try Program.run(["replay", "--all", "--data", restored])
    #expect(replayed.code == 0, "\(replayed.out)\(replayed.error)")
    let other = try Scratch()
    try other.copyRulebook()
    try FileManager.default.moveItem(atPath: restored, toPath: other.url.appending(path: "data").path())
    let second = try RunningServer(other, ["--no-specs"])
    let fresh = try second.authorization(other)
    for (id, _) in decisions.filter({ destroyed.timeIntervalSince($0.at) > 2 }) {
      #expect(try second.status(fresh, "/v1/records/\(id)") == 200, "\(id)")
    }
    #expect(try second.status(token, "/v1/ledger/checkpoint") == 401)
    #expect(second.stop() == 0)
  }

  @Test func `it goes on where it ended, and a restore ends at an entry or a time`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    try give(0..<3, server, token)
    let first = try Follower(scratch, ["--data", data, "--to", backup])
    try give(3..<8, server, token)
    try first.wait("entry 8") { shipped() == 8 }
    let second = try Program.run(["backup", "--follow", "--data", data, "--to", backup])
    #expect(second.code == 1 && second.error.contains("another backup follows into"), "\(second.error)")
    #expect(first.end() == 0, "\(first.said)")
    #expect(first.said.contains("ok: 8 entries"), "\(first.said)")
    // A whole minute may be between two states of it; this one is between these.
    let between = Date(timeIntervalSinceNow: 1)
    usleep(2_100_000)
    try give(8..<10, server, token)
    let again = try Follower(scratch, ["--data", data, "--to", backup])
    try again.wait("entry 10") { shipped() == 10 }
    try give(10..<12, server, token)
    #expect(server.stop() == 0)
    try again.wait("entry 12") { shipped() == 12 }
    #expect(again.end() == 0, "\(again.said)")

    for last in [3, 5, 8, 10, 12] {
      let (restored, put) = try restore("at-\(last)", ["--until", String(last)])
      #expect(put.code == 0, "\(put.out)\(put.error)")
      #expect(try size(restored) == last)
    }
    let text = between.formatted(.iso8601)
    let (restored, put) = try restore("then", ["--until", text])
    #expect(put.code == 0, "\(put.out)\(put.error)")
    #expect(try size(restored) == 8)
    let early = try restore("early", ["--until", "2"]).ending
    #expect(early.code == 1 && early.error.contains("the backup begins at entry 3"), "\(early.error)")
    let late = try restore("late", ["--until", "13"]).ending
    #expect(late.code == 1 && late.error.contains("the backup ends at entry 12"), "\(late.error)")
    let odd = try restore("odd", ["--until", "monday"]).ending
    #expect(odd.code == 64 && odd.error.contains("--until wants"), "\(odd.error)")
    #expect(try restore("all").ending.out == again.said.split(separator: "\n").last.map { $0 + "\n" })
  }

  @Test func `whatever shipment is changed, cut or gone is named, and nothing is restored`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    let follower = try Follower(scratch, ["--data", data, "--to", backup])
    for number in 0..<3 {
      try give(number..<number + 1, server, token)
      try follower.wait("entry \(number + 1)") { shipped() == Int64(number + 1) }
    }
    #expect(follower.end() == 0, "\(follower.said)")
    #expect(server.stop() == 0)
    let shipments = try FileManager.default.contentsOfDirectory(atPath: backup + "/shipped").sorted()
    #expect(shipments.count >= 3, "\(shipments)")
    for name in shipments {
      let file = URL(filePath: backup + "/shipped/" + name)
      let original = try Data(contentsOf: file)
      var flipped = original
      flipped[flipped.count / 2] ^= 1
      for changed in [flipped, original.dropLast(), original + [0], Data()] {
        try changed.write(to: file)
        let put = try restore("damaged").ending
        #expect(put.code == 2 && put.out.contains("shipped/"), "\(name): \(put.out)\(put.error)")
      }
      try FileManager.default.removeItem(at: file)
      let put = try restore("missing").ending
      #expect(put.code == 2 && put.out.contains("\(name) is missing"), "\(name): \(put.out)\(put.error)")
      try original.write(to: file)
    }
    #expect(try restore("whole").ending.code == 0)
  }

  @Test func `an older copy of the source isn't shipped`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    try give(0..<2, server, token)
    #expect(server.stop() == 0)
    let early = scratch.url.appending(path: "early")
    try FileManager.default.copyItem(at: scratch.url.appending(path: "data"), to: early)
    let next = try RunningServer(scratch, ["--no-specs"])
    let follower = try Follower(scratch, ["--data", data, "--to", backup])
    try give(2..<4, next, token)
    try follower.wait("entry 4") { shipped() == 4 }
    #expect(follower.end() == 0)
    #expect(next.stop() == 0)
    try FileManager.default.removeItem(atPath: data)
    try FileManager.default.copyItem(at: early, to: scratch.url.appending(path: "data"))
    let again = try Program.run(["backup", "--follow", "--data", data, "--to", backup])
    #expect(again.code == 2 && again.out.contains("an older copy, or another ledger"), "\(again.out)\(again.error)")
    let (restored, put) = try restore("restored")
    #expect(put.code == 0, "\(put.out)\(put.error)")
    #expect(try size(restored) == 4)
  }
}
