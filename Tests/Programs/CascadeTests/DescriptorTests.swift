import Core
import Foundation
import TestSupport
import Testing

/// A host whose files and connections are all used up while it serves.
struct DescriptorTests {
  @Test(arguments: ["api", "decisions"])
  func `a host without a descriptor left for a connection answers again when others have gone`(
    port: String
  ) async throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let address = port == "api" ? server.api : server.decisions
    let question =
      port == "api"
      ? ["http://\(address)/health/live"]
      : ["-d", #"{"input":{"social_class":"Nobili"}}"#, "http://\(address)/v1/decisions/tier.assign"]
    #expect(try server.ask(question).status == 200)

    let process = server.process.processIdentifier
    func open() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0 }
    let limit = open() + 4
    let limited = try Program.run(
      ["--pid", "\(process)", "--nofile=\(limit):"], executable: "/usr/bin/prlimit")
    #expect(limited.code == 0, "\(limited.error)")
    // Far more connections than that, which stay until this end of the pipe closes.
    let holding = ChildProcess()
    holding.executableURL = URL(filePath: "/bin/bash")
    holding.arguments = [
      "-c", #"for n in $(seq 40); do exec {held}<>"/dev/tcp/${0%:*}/${0##*:}"; done; echo held; exec cat"#, address,
    ]
    let (input, output) = (Pipe(), Pipe())
    holding.standardInput = input
    holding.standardOutput = output
    try holding.run()
    defer { holding.terminate() }
    #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
    #expect(try await Patience.lasts { open() >= limit })

    try input.fileHandleForWriting.close()
    holding.waitUntilExit()
    #expect(try await Patience.lasts { try server.ask(question).status == 200 }, "\(server.logged.suffix(2_000))")
    #expect(server.stop() == 0)
  }
}
