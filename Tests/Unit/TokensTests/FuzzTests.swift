import Foundation
import Testing

/// The short form of `make fuzz`: changed tokens and key sets are refused, never crash and never take over 1 MiB.
struct FuzzTests {
  @Test func `changed tokens and key sets stay within their bounds`() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "TokenFuzz")
    // Time is held to 10 ms by the long form alone, in a release build; here it ends what hangs.
    process.arguments = ["20000", "10000"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.contains("key sets read"), "\(said)")
  }
}
