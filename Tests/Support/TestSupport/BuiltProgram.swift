package import Foundation

/// A program that the build puts beside the tests.
package enum BuiltProgram {
  /// Where it is.
  package static func url(_ name: String) -> URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
  }

  /// Runs it to its end: its status, and what it said on both outputs.
  package static func run(_ name: String, _ arguments: [String]) throws -> (status: Int32, said: String) {
    let process = ChildProcess()
    let output = Pipe()
    process.executableURL = url(name)
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said)
  }
}
