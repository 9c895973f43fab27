internal import Foundation
internal import Synchronization
internal import Testing
internal import TestSupport

/// A host's process that writes to a ledger until it is killed.
final class HostProcess: Sendable {
  private struct Output {
    var rest: [UInt8] = []
    var acknowledged: [UInt64] = []
    var others: [String] = []
  }

  private let process: ChildProcess
  private let pipe = Pipe()
  private let output = Mutex(Output())

  /// Starts the writer with `callers` who write at the same time, from chain number `first` on.
  init(_ address: String, _ name: String, from first: UInt64, callers: Int) throws {
    process = ChildProcess()
    process.executableURL = BuiltProgram.url("LedgerHostWriter")
    process.arguments = [address, name, String(first), String(callers)]
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
      let data = handle.availableData
      if data.isEmpty { handle.readabilityHandler = nil } else { self?.take(data) }
    }
  }

  /// The chains that were acknowledged so far.
  var acknowledged: [UInt64] { output.withLock { $0.acknowledged } }
  /// What else it said: errors and refusals.
  var others: [String] { output.withLock { $0.others } }

  /// Sends it a signal.
  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Kills it and waits until all that it said was read.
  func end() {
    signal(SIGKILL)
    process.waitUntilExit()
    while pipe.fileHandleForReading.readabilityHandler != nil { usleep(1_000) }
  }

  /// Waits until it acknowledged so many more; throws after a minute.
  func waits(forMore count: Int) async throws {
    let goal = acknowledged.count + count
    for _ in 0..<6_000 {
      if acknowledged.count >= goal { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("a host acknowledged nothing for a minute: \(others.suffix(3))")
  }

  private func take(_ data: Data) {
    output.withLock { output in
      output.rest += data
      while let end = output.rest.firstIndex(of: 10) {
        let line = String(decoding: output.rest[..<end], as: UTF8.self)
        output.rest.removeFirst(end + 1)
        if let number = UInt64(line) { output.acknowledged.append(number) } else { output.others.append(line) }
      }
    }
  }
}
