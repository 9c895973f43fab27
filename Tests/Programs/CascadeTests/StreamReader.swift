import Core
import Foundation
import TestSupport

/// Who reads a host's stream, as `curl` does, until it is stopped.
final class StreamReader {
  private let process = ChildProcess()
  private let told: URL

  /// Reads `topics` of `server` into a file in `scratch`, from now on or behind the event of an id, and waits until
  /// what happens is told.
  init(
    _ topics: String, of server: RunningServer, as authorization: [String], in scratch: Scratch, after id: String? = nil
  ) throws {
    told = scratch.url.appending(path: "told-\(UUID().uuidString)")
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", #"out=$1; shift; exec curl -sN "$@" > "$out""#, "sh", told.path()] + authorization
      + (id.map { ["-H", "Last-Event-ID: \($0)"] } ?? []) + [
        "-H", "Accept: application/x-ndjson", "http://\(server.api)/v1/stream?topics=\(topics)",
      ]
    try process.run()
    wait { !self.events("live").isEmpty }
  }

  deinit { stop() }

  /// The events of this name that were told so far.
  func events(_ name: String) -> [JSON] {
    let lines = (try? String(contentsOf: told, encoding: .utf8))?.split(separator: "\n") ?? []
    return lines.compactMap { try? JSON(parsing: String($0)) }.filter { $0["event"]?.string == name }
  }

  /// Waits until there is enough, at most a minute.
  func wait(_ isEnough: () -> Bool) {
    for _ in 0..<600 where !isEnough() { usleep(100_000) }
  }

  /// Reads no more.
  func stop() {
    guard process.isRunning else { return }
    // It has the signals off that this thread has.
    process.kill()
    process.waitUntilExit()
  }
}
