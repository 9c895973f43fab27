import Foundation

/// A program that does a piece of work for each line it is given and answers with a line of JSON.
final class Worker {
  /// What it calls itself.
  private(set) var name = ""
  private let process: Process
  private let input = Pipe()
  private let output = Pipe()
  private var unread = Data()

  /// Starts a program, on the core of those who ask, and waits until it has told its name.
  init(_ program: String, _ arguments: [String]) throws {
    process = Program.process(program, arguments, core: Program.clientCore)
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    guard let name = try answer()["name"] as? String else { throw BenchmarkError("\(program) tells no name") }
    self.name = name
  }

  /// What a piece of work took in seconds, as the program measures them, and the figure it gave.
  func perform(_ work: String) throws -> (seconds: Double, value: Double) {
    try input.fileHandleForWriting.write(contentsOf: Data("\(work)\n".utf8))
    let answer = try answer()
    guard let seconds = (answer["seconds"] as? NSNumber)?.doubleValue,
      let value = (answer["value"] as? NSNumber)?.doubleValue
    else { throw BenchmarkError("\(name) answers \(work) by \(answer)") }
    return (seconds, value)
  }

  /// Pieces a second, where the figure is how many they were.
  func rate(_ work: String) throws -> Double {
    let answer = try perform(work)
    return answer.value / answer.seconds
  }

  /// Ends it and waits until it is gone.
  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  private func answer() throws -> [String: Any] {
    while !unread.contains(UInt8(ascii: "\n")) {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { throw BenchmarkError("\(name) went away; see above") }
      unread += more
    }
    let end = unread.firstIndex(of: UInt8(ascii: "\n")) ?? unread.endIndex
    let line = unread[..<end]
    unread = Data(unread[unread.index(after: end)...])
    guard let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else {
      throw BenchmarkError("\(name) answers \(String(decoding: line, as: UTF8.self))")
    }
    return object
  }
}
