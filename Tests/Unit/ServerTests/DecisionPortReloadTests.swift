import Core
import Decisions
import FoundationEssentials
import Glibc
import Logging
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
@testable import Server
import Synchronization
import TestSupport
import Testing

/// Reloads while clients ask as fast as they can. `CASCADE_RELOADS` says how many; 1000 is the long form.
struct DecisionPortReloadTests {
  private static let reloads = getenv("CASCADE_RELOADS").flatMap { Int(String(cString: $0)) } ?? 25

  @Test func `under full load no reload fails a decision, mixes generations or leaves one behind`() async throws {
    let directory = try RulebookDirectory()
    try directory.write(DecisionPortSamples.files(marker: 1))
    try ThreadStack.setDefault()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let host = try await Host(
      directory: directory.path, rulebooks: try FileRulebookStore(directory: directory.path + "/.data"),
      loops: Array(loops.makeIterator()),
      runSpecs: false)
    let first = host.status.generation
    try await DecisionPortFixture.serving(host.lanes, loops, limits: DecisionPortLimits()) { port in
      let load = Load(offset: first - 1)
      async let clients: Void = withThrowingTaskGroup { tasks in
        for number in 0..<4 {
          tasks.addTask {
            try await port.talking { (client: DecisionPortClient) throws -> Void in
              try load.hammer(client, inBatches: number == 3)
            }
          }
        }
        try await tasks.waitForAll()
      }
      var rulebooks: [WeakRulebook] = []
      var bytesBefore = 0
      for turn in 2...(Self.reloads + 1) {
        try directory.write(DecisionPortSamples.files(marker: turn))
        let status = try await host.reload(runSpecs: false)
        #expect(status.generation == first + turn - 1)
        // From here on every answer is of this generation, or of a later one.
        load.reloaded(to: status.generation)
        rulebooks.append(contentsOf: try await Self.rulebooks(of: host.lanes))
        if turn == Self.reloads / 2 { bytesBefore = residentBytes() }
      }
      load.stop()
      try await clients
      #expect(load.problems.withLock { $0 } == [])
      #expect(load.answers.withLock { $0 } >= Self.reloads)
      let statistics = await host.lanes.statistics()
      #expect(statistics.failed.reduce(0, +) == 0)
      #expect(statistics.replacedMachines == 0)
      // The current one, and ten to go back to; the one before them goes when the last thread lets go of it.
      func alive() -> Int { Set(rulebooks.compactMap { $0.rulebook.map(ObjectIdentifier.init) }).count }
      for _ in 0..<1000 where alive() > 11 { try await Task.sleep(for: .milliseconds(10)) }
      #expect(alive() <= 11, "\(alive()) rulebooks are alive")
      // Other tests run beside this one; a machine left behind with each reload would be more.
      let growth = residentBytes() - bytesBefore
      #expect(growth < 256 << 20, "memory grew by \(growth >> 20) MiB")
    }
    try await loops.shutdownGracefully()
  }

  private static func rulebooks(of lanes: LaneGroup) async throws -> [WeakRulebook] {
    var rulebooks: [WeakRulebook] = []
    for place in lanes.places {
      rulebooks.append(try await place.loop.submit { WeakRulebook(place.lane.value.generation.rulebook) }.get())
    }
    return rulebooks
  }
}

/// Sees whether a rulebook is still held by somebody.
private struct WeakRulebook: Sendable {
  weak let rulebook: CheckedRulebook?

  init(_ rulebook: CheckedRulebook) { self.rulebook = rulebook }
}

/// Clients that ask until they are told to stop, and what they found wrong.
private final class Load: Sendable {
  let problems = Mutex<[String]>([])
  let answers = Mutex(0)
  private let isStopped = Mutex(false)
  private let newest: Mutex<Int>
  /// What an answer's generation is above its markers.
  private let offset: Int

  init(offset: Int) {
    self.offset = offset
    newest = Mutex(offset + 1)
  }

  func stop() { isStopped.withLock { $0 = true } }
  func reloaded(to generation: Int) { newest.withLock { $0 = generation } }

  func hammer(_ client: DecisionPortClient, inBatches: Bool) throws {
    let request =
      inBatches
      ? Ask.batch("probe.markers", String(repeating: "{}\n", count: 20))
      : Ask.decision("probe.markers", #"{"input":{}}"#)
    while !isStopped.withLock({ $0 }) {
      let least = newest.withLock { $0 }
      let response = try client.ask(request)
      let lines = inBatches ? response.lines : [response.json]
      check(response.status == 200 && lines.count == (inBatches ? 20 : 1), response.text)
      var previous = least
      for line in lines {
        let generation = line["generation"]?.integer.map(Int.init) ?? 0
        let (left, right) = (line["result"]?["left"]?.integer, line["result"]?["right"]?.integer)
        check(left != nil && left == right && left == Int64(generation - offset), "mixed: \(line.text)")
        check(generation >= previous, "generation \(generation) after \(previous)")
        previous = generation
      }
      answers.withLock { $0 += lines.count }
    }
  }

  private func check(_ isFine: Bool, _ problem: @autoclosure () -> String) {
    if isFine { return }
    let text = problem()
    problems.withLock { if $0.count < 10 { $0.append(text) } }
  }
}

/// A directory of its own that goes away with this.
private final class RulebookDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/cascade-reload-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw DecisionPortClient.Failure(call: "mkdtemp", code: errno) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ files: [String: String]) throws {
    for (name, text) in files {
      var folder = path
      for part in name.split(separator: "/").dropLast() {
        folder += "/" + part
        mkdir(folder, 0o755)
      }
      guard let file = fopen(path + "/" + name, "w") else { throw DecisionPortClient.Failure(call: name, code: errno) }
      fputs(text, file)
      fclose(file)
    }
  }
}
