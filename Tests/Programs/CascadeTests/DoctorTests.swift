import Core
import Foundation
import Testing

/// `cascade doctor` on sound and unsound machines and data.
struct DoctorTests {
  private let scratch: Scratch
  private let data: String

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
  }

  private func doctor(_ arguments: [String] = []) throws -> Program.Ending {
    try Program.run(
      ["doctor", "--data", data, "--rulebook", scratch.url.path()]
        + (arguments.contains("--api") ? [] : ["--api", "127.0.0.1:0"]) + ["--decisions", "127.0.0.1:0"] + arguments)
  }

  /// A directory that a host left.
  private func served() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    _ = try server.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    #expect(server.stop() == 0, "\(server.logged)")
  }

  /// The one finding, as text, that isn't good.
  private func fault(_ arguments: [String] = []) throws -> String {
    let ending = try doctor(arguments)
    #expect(ending.code == 2, "\(ending.out)")
    let faults = ending.out.split(separator: "\n").filter { !$0.hasPrefix("ok") }
    #expect(faults.count == 1, "\(ending.out)")
    return faults.joined(separator: "\n")
  }

  @Test func `before the first host all is well, and nothing is made`() throws {
    let ending = try doctor()
    #expect(ending.code == 0, "\(ending.out)")
    #expect(!FileManager.default.fileExists(atPath: data))
    let names = ending.out.split(separator: "\n").map { $0.split(separator: " ")[1] }
    #expect(
      names == [
        "clock", "disk", "descriptors", "memory", "permissions", "version", "api", "decisions", "store", "keys",
        "rulebook",
      ], "\(ending.out)")
  }

  @Test func `what a host left is sound, and says so to programs, too`() throws {
    try served()
    let ending = try doctor(["--format", "json"])
    #expect(ending.code == 0, "\(ending.out)")
    let json = try ending.json()
    #expect(json["ok"] == true)
    let checks = try #require(json["checks"]?.array)
    #expect(checks.count == 11)
    #expect(checks.allSatisfy { $0["ok"] == true && $0["advice"] == .null && $0["detail"]?.string?.isEmpty == false })
  }

  @Test func `beside a running host it asks that host`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let ending = try doctor(["--api", server.api])
    #expect(ending.code == 0 && ending.out.contains("it answers at \(server.api)"), "\(ending.out)")
    #expect(
      try fault(["--api", "127.0.0.1:1"]).contains("nobody answers at 127.0.0.1:1: name where it listens by --api"))
  }

  @Test func `a port that another has is named with its option`() throws {
    let other = try Scratch()
    try other.copyRulebook()
    let server = try RunningServer(other, ["--no-specs"])
    let said = try fault(["--api", server.api])
    #expect(said.contains("\(server.api) can't be listened on (Address already in use)"), "\(said)")
    #expect(said.contains("choose another --api"), "\(said)")
  }

  @Test func `what is gone, cut, open to others or broken is named with what to do`() throws {
    try served()
    let copy = scratch.url.appending(path: "copy").path()
    try FileManager.default.copyItem(atPath: data, toPath: copy)
    func restore() throws {
      try FileManager.default.removeItem(atPath: data)
      try FileManager.default.copyItem(atPath: copy, toPath: data)
    }
    try FileManager.default.removeItem(atPath: data + "/payments")
    #expect(try fault().contains("payments/payments.sqlite is missing or empty"))
    try restore()
    try Data("no database at all".utf8).write(to: URL(filePath: data + "/ledger/ledger.sqlite"))
    #expect(try fault().hasPrefix("fault store"))
    try restore()
    #expect(chmod(data + "/graph/graph.sqlite", 0o644) == 0)
    #expect(try fault().contains("graph/graph.sqlite can be read or written by others: take their rights (chmod"))
    try restore()
    try Data("{}".utf8).write(to: URL(filePath: data + "/keys/ring.json"))
    #expect(chmod(data + "/keys/ring.json", 0o600) == 0)
    #expect(try fault().hasPrefix("fault keys"))
    try restore()
    try scratch.write("policies/fees.lua", "oops")
    let said = try fault()
    #expect(said.hasPrefix("fault rulebook") && said.contains("policies/fees.lua:1"), "\(said)")
  }

  @Test func `a clock that jumped is told before a start fails by it`() throws {
    try served()
    let file = URL(filePath: data + "/host.json")
    var mark = try #require(try JSON(parsing: Array(Data(contentsOf: file))).object)
    var clock = try #require(mark["clock"]?.object)
    clock["wall"] = .integer((clock["wall"]?.integer ?? 0) - 365 * 86_400_000 - 3_600_000)
    mark["clock"] = .object(clock)
    try Data(JSON.object(mark).text.utf8).write(to: file)
    let said = try fault()
    #expect(said.contains("365 days ahead of what the last host"), "\(said)")
    #expect(said.contains("start once with --accept-clock"), "\(said)")
  }

  @Test func `a host with few descriptors takes fewer connections, says so, and goes on`() throws {
    let wrapper = scratch.url.appending(path: "few")
    try Data("#!/bin/sh\nulimit -n 300\nexec \(Program.path) \"$@\"\n".utf8).write(to: wrapper)
    #expect(chmod(wrapper.path(), 0o700) == 0)
    let server = try RunningServer(scratch, ["--no-specs"], executable: wrapper.path())
    #expect(server.logged.contains("this process may have 300 files and connections open"), "\(server.logged)")
    // Far more at once than there are descriptors.
    let many = #"for n in $(seq 400); do curl -s -m 20 -o /dev/null -w '%{http_code}\n' "$0" & done; wait"#
    let asked = try Program.run(["-c", many, "http://\(server.api)/openapi.json"], executable: "/bin/bash")
    let codes = Set(asked.out.split(separator: "\n"))
    #expect(codes.contains("200") && codes.isSubset(of: ["200", "503"]), "\(codes)")
    #expect(try server.ask(["http://\(server.api)/health/ready"]).status == 200)
    let ending = try Program.run(
      [
        "doctor", "--data", scratch.url.appending(path: "new").path(), "--rulebook", scratch.url.path(), "--api",
        "127.0.0.1:0", "--decisions", "127.0.0.1:0",
      ], executable: wrapper.path())
    #expect(ending.code == 2 && ending.out.contains("300 files and connections may be open: "), "\(ending.out)")
  }
}
