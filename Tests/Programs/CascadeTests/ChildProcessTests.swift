import Foundation
import TestSupport
import Testing

/// Programs that tests start have what they were given, and nothing else of the tests'.
struct ChildProcessTests {
  @Test func `a program has its three streams and no other file of the tests`() throws {
    // Such files are what a program would inherit.
    let files = (0..<50).map { _ in open("/dev/null", O_RDONLY) }
    defer { files.forEach { close($0) } }
    let said = try ended("/bin/bash", ["-c", "read -r a; echo \"$a\" /proc/self/fd/*; pwd; echo $B >&2"]) {
      $0.currentDirectoryURL = URL(filePath: "/usr/bin")
      $0.environment = ["B": "its own"]
    }
    // The fourth is the one that lists them.
    #expect(said.text == "in /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n/usr/bin\nits own\n")
    #expect(said.status == 0)
  }

  @Test func `signals reach a program, whatever the starting thread holds back`() throws {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let child = ChildProcess()
    child.executableURL = URL(filePath: "/bin/sleep")
    child.arguments = ["600"]
    #expect(!child.isRunning && child.terminationStatus == -1)
    try child.run()
    #expect(child.isRunning && child.processIdentifier > 0)
    child.terminate()
    child.waitUntilExit()
    #expect(!child.isRunning && child.terminationStatus == SIGTERM)
    // Once it has ended, its number may be another's.
    child.interrupt()
    child.waitUntilExit()
  }

  @Test func `the end of a program is its code, and one that is not there is an error`() throws {
    #expect(try ended("/bin/sh", ["-c", "exit 7"]).status == 7)
    #expect(throws: POSIXError.self) { try ended("/nowhere/at/all", []) }
    #expect(throws: POSIXError.self) {
      try ended("/bin/true", []) { $0.currentDirectoryURL = URL(filePath: "/nowhere/at/all") }
    }
  }

  private func ended(
    _ program: String, _ arguments: [String], with settings: (ChildProcess) -> Void = { _ in }
  ) throws -> (status: Int32, text: String) {
    let child = ChildProcess()
    let (input, output) = (Pipe(), Pipe())
    child.executableURL = URL(filePath: program)
    child.arguments = arguments
    (child.standardInput, child.standardOutput, child.standardError) = (input, output, output)
    settings(child)
    try child.run()
    signal(SIGPIPE, SIG_IGN)
    try? input.fileHandleForWriting.write(contentsOf: Data("in\n".utf8))
    try input.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    child.waitUntilExit()
    return (child.terminationStatus, text)
  }
}
