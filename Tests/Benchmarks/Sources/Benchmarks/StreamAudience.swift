import Foundation

/// A program that reads a host's stream by many connections, while the host works.
final class StreamAudience {
  /// What the readers saw in the end.
  struct Seen: Decodable {
    /// Readers that had every decision.
    var complete: Int
    /// Readers that saw the same decisions in the same order as the last one.
    var sameOrder: Int
    /// The fewest decisions that one of them saw.
    var least: UInt64
    /// The most, which is more than there were when one came twice.
    var most: UInt64
    /// How often one was told that it missed something.
    var gaps: Int
    /// How often a reader came again.
    var reconnects: Int
  }

  private let process: Process
  private let input = Pipe()
  private let output = Pipe()

  /// Returns when all readers are live.
  init(_ program: String, port: UInt16, readers: Int, tokens: String) throws {
    // The load generator shares their core, and goes first.
    process = Program.process(
      "nice", ["-n", "19", program, String(port), String(readers), "1200", tokens], core: Program.clientCore)
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let said = output.fileHandleForReading.availableData
    guard said == Data("reading\n".utf8) else { throw BenchmarkError("the readers of the stream did not start") }
  }

  /// Does `work` while nobody reads, for less than a host bears.
  func resting<T>(_ work: () throws -> T) rethrows -> T {
    kill(process.processIdentifier, SIGSTOP)
    defer { kill(process.processIdentifier, SIGCONT) }
    return try work()
  }

  /// Waits until all have read `decisions`, and gives what they saw.
  func end(after decisions: UInt64) throws -> Seen {
    input.fileHandleForWriting.write(Data("\(decisions)\n".utf8))
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Seen.self, from: said)
  }

  func stop() {
    if process.isRunning { process.terminate() }
  }
}
