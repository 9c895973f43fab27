internal import Foundation
internal import Testing

/// A process that writes to a ledger, on a disk that may fail.
struct CrashWriter {
  /// The numbers of the chains that were acknowledged.
  var acknowledged: [UInt64] = []
  /// How many chains met an error.
  var failures = 0

  /// Runs the writer in `directory`, killed after `milliseconds` unless that is nil.
  init(
    _ directory: String, from first: UInt64, chains: Int = 1_000_000, durability: String = "FULL",
    environment: [String: String] = [:], killAfter milliseconds: Int? = nil
  ) async throws {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = try Self.program()
    process.arguments = [directory, String(first), String(chains), durability]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let reading = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }
    if let milliseconds {
      try await Task.sleep(for: .milliseconds(milliseconds))
      kill(process.processIdentifier, SIGKILL)
    }
    let lines = String(decoding: await reading.value, as: UTF8.self).split(separator: "\n")
    process.waitUntilExit()
    acknowledged = lines.compactMap { UInt64($0) }
    failures = lines.filter { $0 == "failed" }.count
  }

  /// The failing disk, built into `directory`, as an environment for the writer.
  static func faults(in directory: String, _ settings: [String: String]) throws -> [String: String] {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "LedgerFaults/storage_faults.c")
    let library = "\(directory)/storage_faults.so"
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-o", library, source.path]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0, "the failing disk can't be built")
    return settings.merging(["LD_PRELOAD": library]) { $1 }
  }

  /// The writer, which the build puts beside the tests.
  private static func program() throws -> URL {
    var directory = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<6 {
      let file = directory.appending(path: "LedgerCrashWriter")
      if FileManager.default.isExecutableFile(atPath: file.path) { return file }
      directory.deleteLastPathComponent()
    }
    let here = URL(filePath: FileManager.default.currentDirectoryPath)
    let file = here.appending(path: ".build/debug/LedgerCrashWriter")
    try #require(FileManager.default.isExecutableFile(atPath: file.path), "LedgerCrashWriter isn't built")
    return file
  }
}
