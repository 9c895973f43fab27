import Foundation
import Testing

/// The short form of `make fuzz`: whether a request is taken past the parser makes no difference to its answer.
struct PortFuzzTests {
  @Test func `changed requests are answered the same with and without the parser, however they are cut`() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "PortFuzz")
    process.arguments = ["3000"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.contains("3000 streams answered alike"), "\(said)")
  }
}
