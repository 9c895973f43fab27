import Core
import Foundation
import Platform
import Testing

/// Data folders of every form that was ever released are read, and hosts go on with them.
struct GoldenTests {
  private static let folder = Program.package.appending(path: "Tests/Stores/Golden")
  private static let versions =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path()))?
    .filter { $0.first?.isNumber == true }.sorted() ?? []

  /// A copy of a folder beside its rulebook, with the rights that Git doesn't keep.
  private struct Setting {
    let scratch: Scratch
    let data: String
    let expected: JSON

    init(_ version: String) throws {
      scratch = try Scratch()
      let source = GoldenTests.folder.appending(path: version)
      for (name, target) in [("data", "data"), ("rulebook/plugins", "plugins")] {
        try FileManager.default.copyItem(
          at: source.appending(path: name), to: scratch.url.appending(path: target))
      }
      data = scratch.url.appending(path: "data").path()
      for path in [""] + (try FileManager.default.subpathsOfDirectory(atPath: data)) {
        let whole = data + "/" + path
        #expect(chmod(whole, try FileSignature(whole).isDirectory ? 0o700 : 0o600) == 0)
      }
      expected = try JSON(parsing: Array(Data(contentsOf: source.appending(path: "expected.json"))))
    }

    func run(_ arguments: String...) throws -> Program.Ending { try Program.run(arguments + ["--data", data]) }

    /// Says that a later version wrote a store, as one would leave it.
    func leave(_ store: String, by version: String) throws {
      let change = """
        import json, sqlite3, sys
        data, store, version = sys.argv[1:]
        with sqlite3.connect(f"{data}/{store}/{store}.sqlite") as database:
            database.execute("INSERT INTO grdb_migrations VALUES ('of a later version')")
        mark = json.load(open(data + "/host.json"))
        mark["cascade"] = version
        json.dump(mark, open(data + "/host.json", "w"))
        """
      let ending = try Program.run(["-c", change, data, store, version], executable: "/usr/bin/python3")
      #expect(ending.code == 0, "\(ending.error)")
    }
  }

  @Test func `there is one of today's form`() {
    #expect(!Self.versions.isEmpty)
  }

  @Test(arguments: versions)
  func `what was in it is in it`(version: String) throws {
    let setting = try Setting(version)
    let dry = try setting.run("migrate", "--dry-run")
    #expect(
      dry.code == 0 && dry.out.contains("ledger    form ") && dry.out.contains("\nok: "), "\(dry.out)\(dry.error)")
    #expect(try setting.run("ledger", "verify").out == setting.expected["verify"]?.string)
    let balances = try setting.run("ledger", "balances", "--format", "json")
    #expect(try JSON(parsing: balances.out) == setting.expected["balances"])
    #expect(try setting.run("replay", "--all").out == setting.expected["replay"]?.string)
    #expect(try setting.run("graph", "export", "--format", "csv").out == setting.expected["trust"]?.string)
    #expect(try setting.run("audit").out.contains("enrolKey"))
  }

  @Test(arguments: versions)
  func `a host goes on with it, and with what a migration made of it`(version: String) throws {
    for migrates in [false, true] {
      let setting = try Setting(version)
      if migrates { #expect(try setting.run("migrate").code == 0) }
      let server = try RunningServer(setting.scratch, ["--accept-clock"])
      #expect(try server.decide("number.double", #"{"number":21}"#)["result"]?["number"] == 42)
      let token = try server.authorization(setting.scratch)
      for id in setting.expected["records"]?.array?.compactMap(\.string) ?? [] {
        #expect(try server.status(token, "/v1/records/\(id)") == 200)
      }
      #expect(try server.give(id: "7f3c1b1e-0000-4000-8000-000000000099", as: token).status == 200)
      #expect(server.stop() == 0, "\(server.logged)")
      #expect(try setting.run("ledger", "verify").code == 0)
      #expect(try setting.run("replay", "--all").out == "5 decisions come out the same\n")
    }
  }

  @Test(arguments: ["ledger", "payments", "graph", "sessions"])
  func `a store of a later version is refused, with the version that is needed`(store: String) throws {
    let setting = try Setting(try #require(Self.versions.last))
    try setting.leave(store, by: "9.8.7")
    for ending in [try setting.run("migrate", "--dry-run"), try setting.run("migrate")] {
      #expect(ending.code == 2, "\(ending.out)")
      #expect(
        ending.error.contains("cascade 9.8.7 wrote") && ending.error.contains("/\(store).sqlite"), "\(ending.error)")
    }
    #expect {
      try RunningServer(setting.scratch, ["--accept-clock"])
    } throws: {
      "\($0)".contains("cascade 9.8.7 wrote") && "\($0)".contains("/\(store).sqlite")
    }
  }

  @Test func `a migration is for nobody beside a host, and a directory that isn't there is none`() throws {
    let setting = try Setting(try #require(Self.versions.last))
    let server = try RunningServer(setting.scratch, ["--accept-clock"])
    let beside = try setting.run("migrate")
    #expect(beside.code == 1 && beside.error.contains("another host runs on"), "\(beside.error)")
    #expect(try setting.run("migrate", "--dry-run").code == 0)
    #expect(server.stop() == 0)
    let nowhere = try Program.run(["migrate", "--data", setting.scratch.url.appending(path: "nowhere").path()])
    #expect(nowhere.code == 1 && nowhere.error.contains("there is no"), "\(nowhere.error)")
  }
}
