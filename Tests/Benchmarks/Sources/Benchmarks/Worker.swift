import Foundation

/// A program that does a piece of work for each line and answers `{"seconds":…,"value":…}`.
final class Worker {
  private let process: Process
  private let input = Pipe()
  private let output = Pipe()
  private let name: String

  /// Starts the program on the core of the clients.
  init(_ program: String, _ arguments: [String]) throws {
    name = program
    process = Program.process(program, arguments, core: Program.clientCore)
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Has a piece of work done; how many it were and in how many seconds.
  func work(_ line: String) throws -> (seconds: Double, value: Double) {
    try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    var answer = Data()
    while answer.last != UInt8(ascii: "\n") {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { throw BenchmarkError("\(name) ended at '\(line)'") }
      answer += more
    }
    let object = try JSONSerialization.jsonObject(with: answer) as? [String: Any]
    guard let seconds = (object?["seconds"] as? NSNumber)?.doubleValue,
      let value = (object?["value"] as? NSNumber)?.doubleValue
    else { throw BenchmarkError("\(name) says: \(String(decoding: answer, as: UTF8.self))") }
    return (seconds, value)
  }

  /// Pieces a second.
  func rate(_ line: String) throws -> Double {
    let answer = try work(line)
    return answer.value / answer.seconds
  }
}
