import Core
import Foundation
import Testing

/// A host as a service: handed sockets, notices, the unit's sandbox, and the package.
struct ServiceTests {
  private static func packaging(_ name: String) -> String {
    Program.package.appending(path: ".packaging/\(name)").path()
  }

  /// How often it is restarted: a few times, or as CASCADE_RESTARTS says.
  private static var restarts: Int {
    ProcessInfo.processInfo.environment["CASCADE_RESTARTS"].flatMap { Int($0) } ?? 10
  }

  @Test func `restarts between the same sockets cost no decision, and who manages the service hears of each`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let manager = Program.package.appending(path: "Tests/Peers/service_manager.py").path()
    let data = scratch.url.appending(path: "data").path()
    let ending = try Program.run(
      [manager, Program.path, scratch.url.path(), data, String(Self.restarts)], executable: "/usr/bin/python3")
    let log = (try? String(contentsOfFile: data + ".log", encoding: .utf8)) ?? ""
    #expect(ending.code == 0, "\(ending.error)\(log.suffix(2000))")
    let seen = try ending.json()
    #expect(seen["codes"] == .array(Array(repeating: 0, count: Self.restarts + 1)), "\(log.suffix(2000))")
    #expect(seen["errors"] == .array([]) && (seen["requests"]?.integer ?? 0) > 100, "\(seen.text)")
    #expect(seen["failed"]?.array?.first == .array([]), "\(seen.text)")
    // Of the API port an idle connection may still be reset: nobody is turned away, and no answer is cut short.
    let reset = ["closed without an answer", "ConnectionResetError", "BrokenPipeError"]
    let failed = (seen["failed"]?.array?.last?.array ?? []).compactMap(\.string)
    #expect(failed.allSatisfy { problem in reset.contains { problem.contains($0) } }, "\(failed)")
    #expect((seen["answered"]?.array ?? []).allSatisfy { ($0.integer ?? 0) > 3 }, "\(seen.text)")
    let notices = (seen["notices"]?.array ?? []).compactMap(\.string)
    #expect(notices.contains("WATCHDOG=1") && notices.contains("STATUS=Generation 1 decides"), "\(notices)")
  }

  @Test(arguments: [
    ("LISTEN_FDNAMES=http", "a socket was handed over as 'http'; FileDescriptorName= is api or decisions"),
    ("LISTEN_FDNAMES=api", "the socket 'api' that was handed over doesn't listen"),
    ("LISTEN_FDS=many", "LISTEN_FDS is 'many'"),
  ])
  func `a socket that can't be used keeps the host from starting`(variable: String, problem: String) throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    // The third descriptor is a file.
    let script =
      #"LISTEN_FDS=1; export LISTEN_FDS; export "$1"; LISTEN_PID=$$ exec "$0" serve --data "$2" 3< /dev/null"#
    let ending = try Program.run(
      ["-c", script, Program.path, variable, scratch.url.appending(path: "data").path()], in: scratch.url,
      executable: "/bin/sh")
    #expect(ending.code == 1 && ending.error.contains(problem), "\(ending.error)")
  }

  @Test func `what was handed to another process isn't this one's`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(
      scratch, ["--no-specs"],
      environment: ["LISTEN_PID": "1", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "x:y", "NOTIFY_SOCKET": "nonsense"])
    #expect(try server.status([], "/health/live") == 200)
    #expect(server.stop() == 0)
  }

  @Test func `the unit's sandbox leaves little open`() throws {
    let ending = try Program.run(
      ["security", "--offline=true", "--threshold=15", Self.packaging("cascade.service")],
      executable: "/usr/bin/systemd-analyze")
    #expect(ending.code == 0, "\(ending.out)\(ending.error)")
    let loose = try Program.run(
      ["security", "--offline=true", "--threshold=5", Self.packaging("cascade.service")],
      executable: "/usr/bin/systemd-analyze")
    #expect(loose.code != 0, "the threshold is held against something")
  }

  @Test func `what stands in the settings of a machine stays when the program is installed again`() throws {
    let scratch = try Scratch()
    let kept = try scratch.write("root/etc/cascade/cascade.toml", "lanes = 3\n")
    let ending = try Program.run(
      [Program.path, scratch.url.appending(path: "root").path(), "/opt/cascade"], executable: Self.packaging("layout"))
    #expect(ending.code == 0, "\(ending.error)")
    #expect(try String(contentsOfFile: kept, encoding: .utf8) == "lanes = 3\n")
    let unit = scratch.url.appending(path: "root/opt/cascade/lib/systemd/system/cascade.service")
    #expect(try String(contentsOf: unit, encoding: .utf8).contains("ExecStart=/opt/cascade/bin/cascade serve\n"))
  }
}
