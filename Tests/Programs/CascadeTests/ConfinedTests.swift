import Core
import Foundation
import PeerTesting
import TestSupport
import Testing

/// Hosts that may do little: under the limits of the unit, and in the image.
@Suite(.enabled(if: getuid() == 0, "needs root"))
struct ConfinedTests {
  private static func script(_ name: String) -> String { Program.package.appending(path: "Tests/Peers/\(name)").path() }
  private static let sandbox = [
    script("sandbox.py"), Program.package.appending(path: ".packaging/cascade.service").path(),
  ]

  /// A place that its user may enter, with a rulebook and a directory for data.
  private func place() throws -> (scratch: Scratch, data: String) {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let data = scratch.url.appending(path: "data").path()
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    #expect(chown(data, 65534, 65534) == 0 && chmod(data, 0o700) == 0 && chmod(scratch.url.path(), 0o755) == 0)
    return (scratch, data)
  }

  // Here no systemd runs: its means are used without it, and what they are is said by sandbox.py.
  @Test func `a host decides, reloads and stops under the unit's limits, by namespaces and its system calls`() throws {
    let (scratch, data) = try place()
    let wrapper = try scratch.write(
      "confined",
      "#!/bin/sh\nexec /usr/bin/python3 \((Self.sandbox + [data, Program.path]).joined(separator: " ")) \"$@\"\n")
    #expect(chmod(wrapper, 0o755) == 0)
    let server = try RunningServer(scratch, ["--no-specs", "--watch"], executable: wrapper)
    let load = ChildProcess()
    load.executableURL = URL(filePath: "/bin/bash")
    load.arguments = [
      "-c",
      #"for n in $(seq 300); do curl -sf -o /dev/null -d '{"input":{"social_class":"Nobili"}}' "$0" || exit 1; done"#,
      "http://\(server.decisions)/v1/decisions/tier.assign",
    ]
    try load.run()
    let token = try server.authorization(scratch)
    for number in 0..<3 {
      let id = "7f3c1b1e-0000-4000-8000-00000000000\(number)"
      #expect(try server.give(id: id, as: token).status == 200)
      #expect(try server.ask(token + ["-X", "POST", "http://\(server.api)/v1/rulebook?specs=false"]).status == 200)
    }
    load.waitUntilExit()
    #expect(load.terminationStatus == 0, "\(server.logged)")
    let ready = try server.ask(["http://\(server.api)/health/ready"])
    #expect(ready.status == 200 && ready.json["status"] == "ready", "\(ready.json.text)")
    #expect(server.stop() == 0, "\(server.logged)")
    let kept = try FileManager.default.attributesOfItem(atPath: data + "/ledger/ledger.sqlite")
    #expect(kept[.ownerAccountID] as? Int == 65534 && kept[.posixPermissions] as? Int == 0o600)
    #expect(try Program.run(["ledger", "verify", "--data", data]).out.hasPrefix("3 entries are good"))
  }

  @Test(arguments: [
    ("touch /escaped", "Read-only file system"), ("echo x > /tmp/escaped", "Read-only file system"),
    ("unshare -r true", "Operation not permitted"), ("nice -n -5 true", "ermi"),
    ("mount -t tmpfs x /mnt", "ermission|not permitted|superuser"),
  ])
  func `those limits hold`(command: String, refusal: String) throws {
    let (scratch, data) = try place()
    defer { withExtendedLifetime(scratch) {} }
    let ending = try Program.run(
      Self.sandbox + [data, "/bin/sh", "-c", command], executable: "/usr/bin/python3")
    let isRefused = try ending.error.firstMatch(of: Regex(refusal)) != nil
    #expect(isRefused, "\(command): \(ending.code) \(ending.out)\(ending.error)")
  }

  private static let canMakeImages = FileManager.default.isExecutableFile(atPath: "/usr/bin/umoci")

  @Test(.enabled(if: canMakeImages || Peers.areRequired, "umoci isn't installed, so no image was made"))
  func `the image serves with a read-only root, not as root, and says whether it is well`() throws {
    let scratch = try Scratch()
    let out = scratch.url.appending(path: "out").path()
    let made = try Program.run(
      [try BuiltPackage.shared.get().path, out], executable: BuiltPackage.packaging("image"))
    #expect(made.code == 0, "\(made.error)")
    let archive = made.out.split(separator: "\n").last.map(String.init) ?? ""
    #expect(archive.hasSuffix(".oci.tar"))
    let seen = try Program.run(
      [
        "-m", "-p", "-f", "-n", "/bin/bash", Self.script("run_image.sh"), archive,
        scratch.url.appending(path: "image").path(),
      ], executable: "/usr/bin/unshare")
    #expect(seen.code == 0, "\(seen.out)\(seen.error)")
    let lines = seen.out.split(separator: "\n").map(String.init)
    let settings = try JSON(parsing: lines.first ?? "")
    #expect(settings["os"] == "linux")
    #expect(settings["config"]?["User"] == "65532:65532")
    #expect(settings["config"]?["Entrypoint"] == ["/usr/bin/cascade"] && settings["config"]?["Cmd"] == ["serve"])
    #expect(settings["config"]?["Healthcheck"]?["Test"] == ["CMD", "/usr/bin/cascade", "healthcheck"])
    #expect(
      Array(lines.dropFirst()) == ["ready", "enterprise", "Uid: 65532", "NoNewPrivs: 1", "stopped"],
      "\(seen.out)\(seen.error)")
  }
}
