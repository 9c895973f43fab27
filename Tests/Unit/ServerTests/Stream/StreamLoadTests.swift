import Core
@testable import Decisions
import Foundation
@testable import Server
import Synchronization
import Testing

/// Many readers of the logs of two lanes while these are written. `CASCADE_STREAMED` says how many decisions.
struct StreamLoadTests {
  private static let readers = 200
  private static let decisions = ProcessInfo.processInfo.environment["CASCADE_STREAMED"].flatMap { Int($0) } ?? 1_200

  /// What a reader got: of each lane the number it expects next, and what it can't explain.
  private struct Seen {
    var next = [0, 0]
    var count = 0
    var last: String?
    var faults: [String] = []

    /// Takes whole lines.
    mutating func take(_ bytes: [UInt8]) {
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        if line.hasPrefix(#"{"event":"gap""#) { faults.append(String(line)) }
        guard line.hasPrefix(#"{"event":"decision","id":""#) else { continue }
        last = String(line.dropFirst(26).prefix { $0 != "\"" })
        let number = line.firstRange(of: #""input":"#).flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
        guard let number else { continue }
        let lane = number % 2
        if number / 2 != next[lane] { faults.append("lane \(lane): \(number / 2) in place of \(next[lane])") }
        next[lane] = number / 2 + 1
        count += 1
      }
    }
  }

  private static func write(_ lane: Int, to log: RecordLog, _ hub: StreamHub) async throws {
    let records = try log.lane(lane)
    var (number, turn) = (lane, 1)
    while number < decisions {
      var frames = RecordFrames()
      for _ in 0..<turn where number < decisions {
        let id = Identifier(milliseconds: 1_700_000_000_000 + Int64(number), random: (UInt64(number), 0))
        var record = RecordedDecision(
          id: id, point: "tier.assign", generation: 1, digest: "sha256:0", input: .integer(Int64(number)))
        record.result = ["tier": "Nobili"]
        frames.append(record.id, subject: 0, record.json.bytes)
        number += 2
      }
      try records.append(&frames)
      turn = turn % 7 + 1
      await Task.yield()
    }
  }

  private struct Enough: Error {}

  /// Reads until everything came; goes away after each `stretch` events and comes again where it was.
  private static func read(_ hub: StreamHub, _ name: String, stretch: Int = .max, isSlow: Bool = false) async -> Seen {
    let seen = Mutex(Seen())
    while seen.withLock({ $0.count < decisions && $0.faults.isEmpty }) {
      let begun = seen.withLock { ($0.last, $0.count) }
      let viewer = StreamViewer.operator(name)
      guard
        let request = try? StreamRequest(
          topics: "decisions", filter: nil, lastID: begun.0 ?? "oldest", accept: "application/x-ndjson", viewer: viewer)
      else { break }
      var session = StreamSession(request, viewer, hub: hub, isAllowed: { true }) { bytes in
        let isEnough = seen.withLock { seen in
          seen.take(bytes)
          return seen.count >= decisions || !seen.faults.isEmpty || seen.count - begun.1 >= stretch
        }
        if isEnough { throw Enough() }
        if isSlow { try await Task.sleep(for: .milliseconds(30)) }
      }
      try? await session.run()
    }
    return seen.withLock { $0 }
  }

  @Test func `each of 200 readers sees every decision once and in its log's order, a slow one and one that reconnects`()
    async throws
  {
    let directory = "/tmp/cascade-stream-load-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var limits = RecordLimits()
    // Segments are closed and packed meanwhile.
    limits.segmentBytes = 40_000
    let log = try RecordLog(directory: directory, limits: limits)
    for lane in 0..<2 { _ = try log.lane(lane) }
    let hub = StreamReading.hub(try log.followed().map { RecordStreamLog($0) }) {
      $0.pageEvents = 64
      $0.tailEvents = 256
    }
    log.whenWritten { hub.notify() }
    for reader in 0..<Self.readers { #expect(hub.enter("\(reader)")) }
    let seen = await withTaskGroup(of: Seen?.self) { group in
      for lane in 0..<2 {
        group.addTask {
          try? await Self.write(lane, to: log, hub)
          return nil
        }
      }
      for reader in 0..<Self.readers {
        group.addTask(executorPreference: hub.threads) {
          await Self.read(
            hub, "\(reader)", stretch: reader == 1 ? Self.decisions / 40 : .max, isSlow: reader == 0)
        }
      }
      return await group.reduce(into: [Seen]()) { if let seen = $1 { $0.append(seen) } }
    }
    #expect(seen.count == Self.readers)
    for one in seen {
      #expect(one.faults == [])
      #expect(one.count == Self.decisions)
    }
    await log.close()
  }
}
