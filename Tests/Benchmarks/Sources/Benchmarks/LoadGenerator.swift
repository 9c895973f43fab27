import Foundation

/// wrk, on a core of its own.
enum LoadGenerator {
  /// Requests a second that `server` answers, all with success. Throws when one was refused.
  static func requestsPerSecond(_ server: Server, script: String, connections: Int, seconds: Int) throws -> Double {
    let text = try Program.run(
      "wrk",
      ["-t1", "-c\(connections)", "-d\(seconds)s", "-s", script, "http://127.0.0.1:\(server.port)\(Question.path)"],
      core: Program.clientCore)
    if text.contains("Non-2xx") || text.contains("Socket errors") {
      throw BenchmarkError("a request was refused:\n\(text)")
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
    guard let rate = line?.split(separator: " ").last.flatMap({ Double($0) }), rate > 0 else {
      throw BenchmarkError("wrk says nothing of requests a second:\n\(text)")
    }
    return rate
  }
}

/// The servers that are measured.
enum Servers {
  /// `cascade serve` with one lane on the core for servers.
  static func cascadeOnOneCore(_ settings: Settings, _ work: WorkDirectory) throws -> Server {
    try cascade(
      settings.cascade, rulebook: settings.rulebook, work, ["--lanes", "1"], core: Program.serverCore)
  }

  /// `cascade serve` on free ports.
  static func cascade(
    _ program: String, rulebook: String, _ work: WorkDirectory, _ options: [String], core: Int? = nil
  ) throws -> Server {
    let port = try Connection.freePort()
    let arguments = [
      "serve", "--rulebook", rulebook, "--data", work.file("data-\(port)"), "--api", "127.0.0.1:0",
      "--decisions", "127.0.0.1:\(port)",
    ]
    return try Server(program, arguments + options, port: port, core: core, log: work.file("cascade-\(port).log"))
  }

  /// nginx with its Lua module, one worker, on the core for servers.
  static func nginx(_ settings: Settings, _ work: WorkDirectory) throws -> Server {
    let port = try Connection.freePort()
    let pattern = try String(contentsOfFile: settings.benchmarks + "/nginx.conf", encoding: .utf8)
    let configuration = pattern.replacingOccurrences(of: "RULEBOOK", with: settings.rulebook)
      .replacingOccurrences(of: "PORT", with: String(port))
    let path = try work.write("nginx.conf", configuration)
    return try Server(
      "nginx", ["-p", work.path, "-c", path], port: port, core: Program.serverCore, log: work.file("nginx.log"))
  }
}
