internal import Foundation
internal import TestSupport
internal import Testing

/// A process that writes to a ledger, on a disk that may fail.
struct CrashWriter {
  /// The numbers of the chains that were acknowledged.
  var acknowledged: [UInt64] = []
  /// How many chains met an error.
  var failures = 0
  /// How many chains were acknowledged after the last error.
  var acknowledgedAfterFailure = 0
  /// How many were after the first.
  var acknowledgedAfterFirstFailure = 0

  /// Runs the writer in `directory`, killed `milliseconds` after its start, or after the first chain that was
  /// acknowledged; never, when that is nil.
  init(
    _ directory: String, from first: UInt64, chains: Int = 1_000_000, durability: String = "FULL",
    checkpointPages: Int = 1_000, environment: [String: String] = [:], killAfter milliseconds: Int? = nil,
    ofFirst isOfFirst: Bool = false
  ) async throws {
    let process = ChildProcess()
    let pipe = Pipe()
    process.executableURL = BuiltProgram.url("LedgerCrashWriter")
    process.arguments = [directory, String(first), String(chains), durability, String(checkpointPages)]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    // On threads of their own: the tests' pool may be busy for minutes, and the writer would go on as long.
    let pid = process.processIdentifier
    let end: @Sendable () -> Void = {
      guard let milliseconds else { return }
      usleep(UInt32(milliseconds) * 1_000)
      kill(pid, SIGKILL)
    }
    if !isOfFirst { Thread.detachNewThread(end) }
    let said = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let first = pipe.fileHandleForReading.availableData
        if isOfFirst { Thread.detachNewThread(end) }
        continuation.resume(returning: first + pipe.fileHandleForReading.readDataToEndOfFile())
      }
    }
    read(String(decoding: said, as: UTF8.self))
    process.waitUntilExit()
  }

  /// Runs the writer on a file system of 16 MiB of which 2 are free, and frees the rest once a chain met an error. What
  /// it left is copied to `directory`. Only root can.
  init(onFullDiskIn directory: String, chains: Int) async throws {
    let script = """
      set -e
      mkdir -p "$0/disk"
      mount -t tmpfs -o size=16m tmpfs "$0/disk"
      head -c 14m /dev/zero >"$0/disk/ballast"
      "$1" "$0/disk/data" 0 "$2" FULL 1000 >"$0/said" &
      for i in $(seq 3000); do
        if grep -q failed "$0/said"; then break; fi
        sleep 0.01
      done
      rm "$0/disk/ballast"
      wait
      cp -r "$0/disk/data" "$0/data"
      cat "$0/said"
      """
    let process = ChildProcess()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = [
      "-m", "sh", "-c", script, directory, BuiltProgram.url("LedgerCrashWriter").path, String(chains),
    ]
    process.standardOutput = pipe
    try process.run()
    let reading = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }
    read(String(decoding: await reading.value, as: UTF8.self))
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "the full disk can't be made")
  }

  private mutating func read(_ output: String) {
    let lines = output.split(separator: "\n")
    acknowledged = lines.compactMap { UInt64($0) }
    failures = lines.filter { $0 == "failed" }.count
    acknowledgedAfterFailure = lines.lastIndex(of: "failed").map { lines[$0...].count - 1 } ?? 0
    acknowledgedAfterFirstFailure =
      lines.firstIndex(of: "failed").map { lines[$0...].filter { $0 != "failed" }.count } ?? 0
  }
}
