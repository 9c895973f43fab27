import Core
import DatabaseServers
import Foundation
import TestSupport
import Testing

/// The article about several hosts, and what `make cluster` starts.
struct HostsArticleTests {
  @Test func `the article's commands come out as it prints`() throws {
    let cluster = try ClusterFixture()
    let commands = try PrintedCommands(article: "Hosts")
    // The printed URL is that of a server on this machine's usual socket.
    let setup = """
      echo() {
        if [ "$1" = "postgresql://cascade@/cascade" ]; then builtin echo '\(cluster.url)'; else builtin echo "$@"; fi
      }
      """
    let ending = try PrintedCommands.run([commands], try Scratch(), setup: setup)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.out == commands.expected, "\(ending.error)")
  }

  @Test func `a cluster starts from nothing, moves money at every host, and leaves nothing behind`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let process = ChildProcess()
    // Whoever tests may hold signals back, and a shell that inherits this would never end by one.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "--default-signal", Program.package.appending(path: ".cluster/run").path(), Program.path, "3",
    ]
    process.currentDirectoryURL = scratch.url
    let base = 20_000 + Int.random(in: 0..<100) * 300
    process.environment = ProcessInfo.processInfo.environment.merging([
      "CLUSTER_BASE": "\(base)", "CASCADE_AWARENESS": "0",
    ]) { $1 }
    let (out, error) = (Pipe(), scratch.url.appending(path: "cluster.err"))
    _ = FileManager.default.createFile(atPath: error.path(), contents: nil)
    process.standardOutput = out
    process.standardError = try FileHandle(forWritingTo: error)
    try process.run()
    try out.fileHandleForWriting.close()
    var said = ""
    while !said.contains("Ctrl-C ends it") {
      let bytes = out.fileHandleForReading.availableData
      if bytes.isEmpty { break }
      said += String(decoding: bytes, as: UTF8.self)
    }
    let lines = said.split(separator: "\n")
    let told = try String(contentsOf: error, encoding: .utf8)
    let setup = try #require(lines.first { $0.contains("export ") }?.firstRange(of: "export "), "\(said)\(told)")
    let export = String(lines.first { $0.contains("export ") }?[setup.lowerBound...] ?? "")
    let attempt = String(try #require(lines.first { $0.hasPrefix("Try: ") }).dropFirst(5))
    let tried = try Program.run(
      ["-c", "\(export)\n\(attempt)"], environment: ["CASCADE_DATA": scratch.url.appending(path: "c").path()],
      executable: "/bin/bash")
    #expect(tried.out.contains("created") && tried.out.contains("citizen:anna"), "\(tried.out)\(tried.error)")
    // Nobody who lists processes reads a password.
    let folder = try #require(
      export.firstRange(of: "/tmp/cascade-cluster-").map { export[$0.lowerBound...].prefix(27) })
    let listed = try Program.run(["-ww", "-eo", "args"], executable: "/bin/ps")
    let password = try String(contentsOfFile: "\(folder)/password", encoding: .utf8).prefix(48)
    #expect(listed.out.contains("--host-name host3") && !listed.out.contains(password))
    process.terminate()
    // Bounded, so that a cluster which doesn't end fails this test and keeps no other waiting.
    for _ in 0..<1_200 where process.isRunning { usleep(50_000) }
    #expect(!process.isRunning)
    #expect(!FileManager.default.fileExists(atPath: String(folder)))
    let left = try Program.run(["-ww", "-eo", "args"], executable: "/bin/ps")
    #expect(!left.out.contains(folder))
  }
}
