import Core
import Foundation
import TestSupport
import Testing

/// A data directory from which something is gone: the host doesn't begin a smaller history in silence.
struct DataLossTests {
  /// A host that served, and the directory it left.
  private struct Setting {
    let scratch: Scratch
    let data: URL

    init(_ arguments: [String] = []) throws {
      scratch = try Scratch()
      try scratch.copyRulebook()
      data = scratch.url.appending(path: "data")
      let server = try RunningServer(scratch, ["--no-specs"] + arguments)
      try DataLossTests.give(3, server, scratch)
      _ = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)
      #expect(server.stop() == 0, "\(server.logged)")
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(at: data.appending(path: path)) }

    /// Starts a host that must not start; what it said.
    func refusal(_ arguments: [String] = []) -> String {
      do {
        let server = try RunningServer(scratch, ["--no-specs"] + arguments)
        return "it started: \(server.logged)"
      } catch { return "\(error)" }
    }

    /// Starts a host that must start, and stops it.
    func start(_ arguments: [String]) throws -> String {
      let server = try RunningServer(scratch, ["--no-specs"] + arguments)
      #expect(server.stop() == 0)
      return server.logged
    }

    var mark: JSON {
      get throws { try JSON(parsing: Array(Data(contentsOf: data.appending(path: "host.json")))) }
    }
  }

  private static func give(_ count: Int, _ server: RunningServer, _ scratch: Scratch) throws {
    for _ in 0..<count {
      let authorization = try server.authorization(scratch)
      let id = UUID().uuidString.lowercased()
      #expect(try server.give(to: "citizen:anna", id: id, as: authorization).status == 200)
    }
  }

  @Test func `a stop leaves one file a store, so a copy of it is whole`() throws {
    let setting = try Setting()
    for store in ["ledger", "sessions", "payments", "graph"] {
      let files = try FileManager.default.contentsOfDirectory(atPath: setting.data.appending(path: store).path())
      #expect(files.filter { $0.contains("sqlite") } == [store + ".sqlite"])
    }
  }

  @Test(arguments: [
    "ledger", "records", "rulebooks", "generation", "sessions", "payments", "graph", "keys/ring.json",
    "keys/checkpoints.json", "checkpoints",
  ])
  func `what a host kept and doesn't find keeps it from starting`(path: String) throws {
    let setting = try Setting()
    try setting.remove(path)
    let said = setting.refusal()
    #expect(said.contains("is missing or empty, and a host kept its"), "\(said)")
    #expect(said.contains(setting.data.path()) && said.contains("--accept-loss"), "\(said)")
    // It wasn't begun anew, so it is missing the next time, too.
    #expect(setting.refusal() == said)
  }

  @Test func `what a host keeps is for its owner alone`() throws {
    let setting = try Setting()
    for path in try FileManager.default.subpathsOfDirectory(atPath: setting.data.path()) {
      let whole = setting.data.appending(path: path).path()
      let rights = try FileManager.default.attributesOfItem(atPath: whole)[.posixPermissions] as? Int
      #expect((rights ?? 0o777) & 0o077 == 0, "\(path)")
    }
  }

  @Test func `a clock that jumped keeps a host from starting until that is accepted`() throws {
    let setting = try Setting()
    var mark = try #require(try setting.mark.object)
    var clock = try #require(mark["clock"]?.object)
    clock["wall"] = .integer((clock["wall"]?.integer ?? 0) - 365 * 86_400_000 - 3_600_000)
    mark["clock"] = .object(clock)
    try Data(JSON.object(mark).bytes).write(to: setting.data.appending(path: "host.json"))
    let said = setting.refusal()
    #expect(said.contains("the clock is 365 days ahead of what the last host"), "\(said)")
    _ = try setting.start(["--accept-clock"])
    _ = try setting.start([])
  }

  @Test(.enabled(if: getuid() == 0, "needs root"))
  func `commands of root write as the owner of the data, and unreadable revocations let nobody in`() async throws {
    let setting = try Setting()
    let paths = try FileManager.default.subpathsOfDirectory(atPath: setting.data.path())
    for path in [""] + paths { #expect(chown(setting.data.path() + "/" + path, 65534, 65534) == 0) }
    let data = ["--data", setting.data.path()]
    #expect(try Program.run(["token", "rotate"] + data).code == 0)
    #expect(try Program.run(["token", "revoke", "018bcfe5-6800-7000-8000-000000000001"] + data).code == 0)
    let edges = try setting.scratch.write(
      "edges.csv", "citizen1,citizen2,trustScore,strengthScore,lastInteraction\n")
    _ = try Program.run(["graph", "import", "--edges", edges] + data)
    for path in try FileManager.default.subpathsOfDirectory(atPath: setting.data.path()) {
      let kept = try FileManager.default.attributesOfItem(atPath: setting.data.path() + "/" + path)
      #expect(kept[.ownerAccountID] as? Int == 65534, "\(path)")
    }
    let server = try RunningServer(setting.scratch, ["--no-specs"])
    let header = try server.authorization(setting.scratch)
    #expect(try server.status(header, "/v1/ledger/checkpoint") == 200)
    // As another user's file is: the host, which acts as the owner of the data, can't read it.
    let revoked = setting.data.appending(path: "keys/revoked").path()
    try Data("\n\n".utf8).write(to: URL(filePath: revoked))
    #expect(chown(revoked, 0, 0) == 0 && chmod(revoked, 0o600) == 0)
    #expect(try await Patience.lasts { try server.status([], "/health/ready") != 200 })
    #expect(try server.status(header, "/v1/ledger/checkpoint") == 401)
    let ready = try server.curl(["http://\(server.api)/health/ready"])
    #expect(ready["detail"]?.string?.contains("revoked tokens") == true, "\(ready.text)")
    for command in ["status", "healthcheck"] {
      let said = try Program.run([command, "--api", server.api])
      #expect(said.code == 2 && said.error.contains("revoked tokens"), "\(command): \(said.out)\(said.error)")
    }
  }

  @Test(arguments: ["ledger/ledger.sqlite", "sessions/sessions.sqlite", "payments/payments.sqlite", "generation"])
  func `an empty file is none`(path: String) throws {
    let setting = try Setting()
    try Data().write(to: setting.data.appending(path: path))
    #expect(setting.refusal().contains("\(path) is missing or empty"))
  }

  @Test func `without its mark a directory with a generation's number still misses its ledger`() throws {
    let setting = try Setting()
    try setting.remove("host.json")
    try setting.remove("ledger")
    #expect(setting.refusal(["--live"]).contains("ledger/ledger.sqlite is missing or empty"))
  }

  @Test func `an old copy of the ledger is refused by the checkpoint, and its loss accepted by name`() throws {
    let setting = try Setting()
    let early = setting.scratch.url.appending(path: "early")
    try FileManager.default.copyItem(at: setting.data.appending(path: "ledger"), to: early)
    let server = try RunningServer(setting.scratch, ["--no-specs"])
    try Self.give(2, server, setting.scratch)
    #expect(server.stop() == 0)
    let newest = setting.data.appending(path: "checkpoints/000000000005.json")
    let outside = setting.scratch.url.appending(path: "outside.json")
    try FileManager.default.copyItem(at: newest, to: outside)
    try setting.remove("ledger")
    try FileManager.default.copyItem(at: early, to: setting.data.appending(path: "ledger"))

    let said = setting.refusal()
    #expect(said.contains("ends at entry 3") && said.contains("000000000005.json shows 5: 2 entries are missing"))
    #expect(said.contains("--accept-loss 3"), "\(said)")
    #expect(setting.refusal(["--accept-loss", "2"]).contains("--accept-loss 3"))
    let accepted = try setting.start(["--accept-loss", "3"])
    #expect(accepted.contains("the loss of data was accepted: ledger: everything behind 3, up to 5"))
    let loss = try setting.mark["losses"]?.array?.first
    #expect(loss?["part"] == "ledger" && loss?["from"] == 3 && loss?["through"] == 5)
    // Known from now on, also by the checkpoint that was kept elsewhere.
    #expect(try setting.start([]).contains("accepted") == false)
    #expect(try setting.start(["--checkpoint", outside.path()]).contains("shows entries whose loss was accepted"))
  }

  @Test func `a checkpoint from elsewhere shows that the host's own were taken back, too`() throws {
    let setting = try Setting()
    let early = setting.scratch.url.appending(path: "early")
    try FileManager.default.copyItem(at: setting.data, to: early)
    let server = try RunningServer(setting.scratch, ["--no-specs"])
    try Self.give(1, server, setting.scratch)
    #expect(server.stop() == 0)
    let outside = setting.scratch.url.appending(path: "outside.json")
    try FileManager.default.copyItem(at: setting.data.appending(path: "checkpoints/000000000004.json"), to: outside)
    #expect(try setting.start(["--checkpoint", outside.path()]).contains("missing") == false)
    try FileManager.default.removeItem(at: setting.data)
    try FileManager.default.copyItem(at: early, to: setting.data)
    #expect(setting.refusal(["--checkpoint", outside.path()]).contains("outside.json shows 4: 1 entries are missing"))
    let text = try String(contentsOf: outside, encoding: .utf8)
    try Data(text.replacing("\"size\":4", with: "\"size\":3").utf8).write(to: outside)
    #expect(setting.refusal(["--checkpoint", outside.path()]).contains("is not valid"))
  }

  @Test func `records that were cut off after a stop are missed`() throws {
    let setting = try Setting()
    let records = setting.data.appending(path: "records")
    let written = try FileManager.default.subpathsOfDirectory(atPath: records.path()).sorted().first { name in
      try name.hasSuffix("/000000000001.records") && !Data(contentsOf: records.appending(path: name)).isEmpty
    }
    let segment = records.appending(path: try #require(written))
    try Data(contentsOf: segment).dropLast(40).write(to: segment)
    let said = setting.refusal()
    #expect(said.contains("has 0 decision records, but had 1") && said.contains("--accept-loss records"), "\(said)")
    #expect(
      try setting.start(["--accept-loss", "records"]).contains("accepted: records: everything behind 0, up to 1"))
    #expect(try setting.start([]).contains("accepted") == false)
  }

  @Test func `revoked tokens don't become valid again by an empty list`() throws {
    let setting = try Setting()
    let server = try RunningServer(setting.scratch, ["--no-specs"])
    let header = try server.authorization(setting.scratch)
    let payload = try #require(header[1].split(separator: ".").dropFirst().first)
    let claims = try JSON(parsing: Base64URL.bytes(String(payload)) ?? [])
    let jti = try #require(claims["jti"]?.string)
    let data = ["--data", setting.data.path()]
    #expect(try Program.run(["token", "revoke", jti] + data).code == 0)
    #expect(server.stop() == 0)
    try Data().write(to: setting.data.appending(path: "keys/revoked"))
    let said = setting.refusal()
    #expect(said.contains("keys/revoked lacks 1 revoked tokens"), "\(said)")
    try setting.remove("keys/revoked")
    #expect(setting.refusal().contains("keys/revoked is missing or empty"))
    #expect(try setting.start(["--accept-loss", "revoked"]).contains("accepted: revoked"))
  }

  @Test func `a demonstration's data stay one, and the network's don't become one`() throws {
    let demo = try Setting(["--demo"])
    #expect(demo.refusal().contains("holds a demonstration's data, which never reach the network"))
    #expect(demo.refusal(["--live"]).contains("holds a demonstration's data"))
    #expect(try demo.mark["use"] == "demo")
    let live = try Setting()
    #expect(live.refusal(["--demo"]).contains("holds the network's data, and a demonstration must not touch them"))
    #expect(live.refusal(["--demo", "--live"]).contains("exclude each other"))
  }

  @Test func `a directory with payments and no mark is told once whose they are`() throws {
    let setting = try Setting()
    try setting.remove("host.json")
    #expect(setting.refusal().contains("start once with --live"))
    _ = try setting.start(["--live"])
    _ = try setting.start([])
    #expect(try setting.mark["use"] == "live")
  }

  @Test(arguments: [
    (#"{"format":2}"#, "a later version wrote"), ("{", "is damaged"), (#"{"format":1,"use":"both"}"#, "is damaged"),
    (#"{"format":1,"use":"live","parts":["attic"],"records":0,"revoked":[],"losses":[]}"#, "is damaged"),
  ])
  func `a mark that can't be read keeps the host from starting`(text: String, message: String) throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.write("data/host.json", text)
    #expect {
      try RunningServer(scratch, ["--no-specs"])
    } throws: { error in
      "\(error)".contains("data/host.json") && "\(error)".contains(message)
    }
  }

  @Test func `a transfer and an import don't begin what was lost`() throws {
    let setting = try Setting()
    try setting.remove("ledger")
    try setting.remove("graph")
    let data = ["--data", setting.data.path()]
    let transfer = try Program.run(
      ["ledger", "transfer", "--from", "world", "--to", "citizen:anna", "--amount", "1.00 DUC/2"] + data)
    #expect(transfer.code == 1 && transfer.error.contains("ledger.sqlite is missing or empty"), "\(transfer.error)")
    let edges = try setting.scratch.write("edges.csv", "")
    let imported = try Program.run(["graph", "import", "--edges", edges] + data)
    #expect(imported.code == 1, "\(imported.error)")
    #expect(!FileManager.default.fileExists(atPath: setting.data.appending(path: "graph").path()))
  }

  @Test(arguments: ["ledger", "attic", "-1"])
  func `a loss that no part has is wrong usage`(text: String) throws {
    let ending = try Program.run(["serve", "--accept-loss=\(text)"])
    #expect(ending.code == 64 && ending.error.contains("--accept-loss wants"), "\(ending.error)")
  }
}
