import Core
import Foundation
import TestSupport
import Testing

/// Hosts on machines that give them little, or that are used oddly.
struct HarshMachineTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
  }

  /// A script that sets something up and goes on as the program.
  private func wrapper(_ setup: String) throws -> String {
    let path = try scratch.write("wrapper", "#!/bin/sh\n\(setup)\nexec \(Program.path) \"$@\"\n")
    #expect(chmod(path, 0o700) == 0)
    return path
  }

  @Test(arguments: [450_000, 600_000, 1_200_000, 1_600_000])
  func `with too little memory a host says so and doesn't start`(kibibytes: Int) throws {
    let (rulebook, data) = (scratch.url.path(), scratch.url.appending(path: "data").path())
    let little = try wrapper("ulimit -v \(kibibytes)")
    let ports = ["--api", "127.0.0.1:0", "--decisions", "127.0.0.1:0"]
    let ending = try Program.run(
      ["serve", "--no-specs", "--rulebook", rulebook, "--data", data] + ports, executable: little)
    #expect(ending.code == 1, "\(ending.code) \(ending.error)")
    #expect(ending.error.contains("may not have"), "\(ending.error)")
    #expect(ending.error.contains("MiB of memory, counted as addresses: allow more (`ulimit -v`"), "\(ending.error)")
    #expect(!FileManager.default.fileExists(atPath: data))
    let doctor = try Program.run(["doctor", "--rulebook", rulebook, "--data", data] + ports, executable: little)
    #expect(doctor.code == 2 && doctor.out.contains("MiB of memory, counted as addresses: "), "\(doctor.out)")
  }

  @Test func `whatever the mask of files is, what a host keeps is its owner's alone`() throws {
    let server = try RunningServer(scratch, ["--no-specs"], executable: try wrapper("umask 000"))
    #expect(
      try server.give(id: "7f3c1b1e-0000-4000-8000-000000000001", as: server.authorization(scratch)).status == 200)
    #expect(server.stop() == 0)
    let data = scratch.url.appending(path: "data")
    for path in [""] + (try FileManager.default.subpathsOfDirectory(atPath: data.path())) {
      let kept = try FileManager.default.attributesOfItem(atPath: data.appending(path: path).path())
      #expect((kept[.posixPermissions] as? Int).map { $0 & 0o077 } == 0, "\(path)")
    }
  }

  @Test func `a stop answers what is being asked`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    // A batch whose last line comes after the host was told to stop.
    let batch = scratch.url.appending(path: "batch")
    let script = """
      { echo '{"social_class":"Nobili"}'; touch "$1"; sleep 0.6; echo '{"social_class":"Popolani"}'; } |
        curl -s -m 60 -T - -X POST -H 'Content-Type: application/x-ndjson' "http://$0/v1/decisions/tier.assign"
      """
    let asking = ChildProcess()
    asking.executableURL = URL(filePath: "/bin/bash")
    asking.arguments = ["-c", script, server.decisions, batch.path()]
    let answer = Pipe()
    asking.standardOutput = answer
    try asking.run()
    for _ in 0..<2000 where !FileManager.default.fileExists(atPath: batch.path()) { usleep(10_000) }
    usleep(200_000)
    #expect(server.stop() == 0, "\(server.logged)")
    let said = String(decoding: answer.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    asking.waitUntilExit()
    #expect(said.split(separator: "\n").count == 2 && asking.terminationStatus == 0, "\(said) \(server.logged)")
  }

  @Test func `a secret in a file that Kubernetes mounts is read`() throws {
    let secret = try scratch.write("..data/stripe-key", "sk_test_mounted\n")
    #expect(chmod(secret, 0o440) == 0)
    let link = scratch.url.appending(path: "stripe-key").path()
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: secret)
    let webhook = try scratch.write("webhook", "whsec_mounted")
    #expect(chmod(webhook, 0o600) == 0)
    let server = try RunningServer(
      scratch, ["--no-specs", "--stripe-key-file", link, "--stripe-webhook-secret-file", webhook],
      environment: ["CASCADE_STRIPE_URL": "http://127.0.0.1:1", "CASCADE_VENICE_URL": "http://127.0.0.1:1"])
    #expect(try server.status([], "/health/live") == 200)
    #expect(server.stop() == 0)
    #expect(!server.logged.contains("sk_test_mounted"))
  }

  @Test func `a link to nothing in a rulebook is named for what it is`() throws {
    try FileManager.default.createSymbolicLink(
      atPath: scratch.url.appending(path: "policies/absent.lua").path(), withDestinationPath: "/nowhere/absent.lua")
    let checked = try Program.run(["check", "--rulebook", scratch.url.path()])
    #expect(checked.code == 1, "\(checked.error)")
    #expect(checked.out.contains("policies/absent.lua"), "\(checked.out)")
    #expect(checked.out.contains("is a symbolic link to nothing"), "\(checked.out)")
  }
}
