import Foundation

/// What a server did under load.
struct Load {
  /// Requests it answered a second.
  var requestsPerSecond: Double
  /// Microseconds of processor time that each cost it: less disturbed by what else the machine does.
  var microsecondsPerRequest: Double
}

/// What several servers did under load in turns, round by round.
struct Loads {
  private var loads: [[Load]]

  /// No round of `count` servers.
  init(count: Int) { loads = Array(repeating: [], count: count) }

  /// One round, in the order of the servers.
  mutating func append(_ round: [Load]) {
    for (index, load) in round.enumerated() { loads[index].append(load) }
  }

  /// The median of a server's requests a second.
  func rate(_ server: Int) -> Double { loads[server].map(\.requestsPerSecond).median }

  /// The median of the microseconds that a request costs a server.
  func cost(_ server: Int) -> Double { loads[server].map(\.microsecondsPerRequest).median }

  /// The median of the ratios of two servers' rates in one round.
  func ratio(_ server: Int, to other: Int) -> Double {
    zip(loads[server], loads[other]).map { $0.requestsPerSecond / $1.requestsPerSecond }.median
  }
}

/// wrk, on a core of its own.
enum LoadGenerator {
  /// What `server` answers, all with success. Throws when a request was refused.
  static func load(_ server: Server, script: String, connections: Int, seconds: Int) throws -> Load {
    let before = server.processorSeconds
    let text = try Program.run(
      "wrk",
      ["-t1", "-c\(connections)", "-d\(seconds)s", "-s", script, "http://127.0.0.1:\(server.port)\(Question.path)"],
      core: Program.clientCore)
    let spent = server.processorSeconds - before
    if text.contains("Non-2xx") || text.contains("Socket errors") {
      throw BenchmarkError("a request was refused:\n\(text)")
    }
    let lines = text.split(separator: "\n")
    let rate = lines.first { $0.hasPrefix("Requests/sec:") }?.split(separator: " ").last.flatMap { Double($0) }
    let count = lines.first { $0.contains(" requests in ") }?.split(separator: " ").first.flatMap { Double($0) }
    guard let rate, let count, count > 0 else {
      throw BenchmarkError("wrk does not say how many requests were answered:\n\(text)")
    }
    return Load(requestsPerSecond: rate, microsecondsPerRequest: spent / count * 1_000_000)
  }
}

extension LoadGenerator {
  private static let linesOfBatch = 2_000

  /// Makes a server decide at least `count` questions, in batches.
  static func batches(_ server: Server, _ work: WorkDirectory, count: Int) throws {
    let body = try work.write(
      "batch.ndjson", String(repeating: Question.input + "\n", count: linesOfBatch))
    for _ in 0..<max(0, count + linesOfBatch - 1) / linesOfBatch {
      _ = try Program.run(
        "curl",
        [
          "-sS", "-f", "-o", work.file("batch.out"), "-H", "content-type: application/x-ndjson", "--data-binary",
          "@\(body)", "http://127.0.0.1:\(server.port)\(Question.path)",
        ], core: Program.clientCore)
    }
  }

  /// How often a host has run the question, by its metrics on this port.
  static func decisions(_ api: UInt16) throws -> UInt64 {
    let text = try Program.run("curl", ["-sS", "-f", "http://127.0.0.1:\(api)/metrics"])
    return text.split(separator: "\n").filter {
      $0.hasPrefix("cascade_decision_runs_total{decision=\"\(Question.point)\"")
    }
    .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0) { $0 + UInt64($1) }
  }
}

/// The servers that are measured.
enum Servers {
  /// `cascade serve` with one lane on the core for servers; `records` says which decisions it keeps.
  static func cascadeOnOneCore(
    _ settings: Settings, _ work: WorkDirectory, records: String, _ options: [String] = []
  ) throws -> Server {
    try cascade(
      settings.cascade, rulebook: settings.rulebook, work,
      ["--lanes", "1", "--no-specs", "--records", records] + options, core: Program.serverCore)
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

  /// nginx with its Lua module, one worker, on the core for servers; when it `logs`, each body and answer to a file.
  static func nginx(_ settings: Settings, _ work: WorkDirectory, logs: Bool) throws -> Server {
    let port = try Connection.freePort()
    let pattern = try String(contentsOfFile: settings.benchmarks + "/nginx.conf", encoding: .utf8)
    let configuration = pattern.replacingOccurrences(of: "RULEBOOK", with: settings.rulebook)
      .replacingOccurrences(of: "PORT", with: String(port))
      .replacingOccurrences(of: "\"LOG\"", with: logs ? "\"\(work.file("decisions-\(port).log"))\"" : "\"\"")
      .replacingOccurrences(of: "nginx.pid", with: "nginx-\(port).pid")
    let path = try work.write("nginx-\(port).conf", configuration)
    return try Server(
      "nginx", ["-p", work.path, "-c", path], port: port, core: Program.serverCore,
      log: work.file("nginx-\(port).log"))
  }
}
