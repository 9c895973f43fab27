import Synchronization
import Testing

@testable import Rulebook

@Suite struct RulebookKeeperTests {
  private final class Activated: Sendable {
    let numbers = Mutex<[Int]>([])
  }

  private func withKeeper(_ body: (WatchSandbox, ChangingKeeper, Activated) async throws -> Void) async throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    for (path, text) in RulebookSamples.files { try box.write(path, text) }
    let activated = Activated()
    let keeper = ChangingKeeper(
      RulebookKeeper(directory: box.root, store: try FileRulebookStore(directory: box.base + "/data"))
    ) {
      (generation: Generation) throws(RulebookError) in
      activated.numbers.withLock { $0.append(generation.number) }
    }
    try await body(box, keeper, activated)
  }

  @Test func `a reload activates what changed and keeps what did not`() async throws {
    try await withKeeper { box, keeper, activated in
      #expect(try await keeper.reload(runSpecs: true).number == 1)
      #expect(try await keeper.reload(runSpecs: true).number == 1)
      try box.write("policies/tiers.lua", "return { noble = 200 }")
      #expect(try await keeper.reload(runSpecs: true).number == 2)
      #expect(activated.numbers.withLock { $0 } == [1, 2])
      #expect(keeper.retained == [1])
    }
  }

  @Test func `what is wrong leaves the old generation in place and is kept`() async throws {
    try await withKeeper { box, keeper, activated in
      let first = try await keeper.reload(runSpecs: true)
      try box.write("plugins/tiers/spec/tiers_spec.lua", "it(\"fails\", function() assert.is_true(false) end)")
      await #expect(throws: RulebookRejected.self) { try await keeper.reload(runSpecs: true) }
      #expect(keeper.current?.number == first.number)
      #expect(keeper.lastProblems.map(\.code) == [.specFailed])
      #expect(keeper.lastProblems.first?.line == 1)
      #expect(try await keeper.reload(runSpecs: false).number == 2)
      #expect(keeper.lastProblems.isEmpty)
    }
  }

  @Test func `a generation that can't be installed is refused, and the old one serves on`() async throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    for (path, text) in RulebookSamples.files { try box.write(path, text) }
    let isShort = Atomic(false)
    let keeper = ChangingKeeper(
      RulebookKeeper(directory: box.root, store: try FileRulebookStore(directory: box.base + "/data"))
    ) {
      (_: Generation) throws(RulebookError) in
      if isShort.load(ordering: .relaxed) { throw RulebookError(.memoryExhausted, message: "memory is short") }
    }
    let first = try await keeper.reload(runSpecs: false)
    try box.write("policies/tiers.lua", "return { noble = 200 }")
    isShort.store(true, ordering: .relaxed)
    await #expect(throws: RulebookRejected.self) { try await keeper.reload(runSpecs: false) }
    #expect(keeper.current?.digest == first.digest)
    #expect(keeper.lastProblems.map(\.code) == [.memoryExhausted])
    isShort.store(false, ordering: .relaxed)
    #expect(try await keeper.reload(runSpecs: false).digest != first.digest)
    #expect(keeper.lastProblems.isEmpty)
  }

  @Test func `rollbacks go further back each time, under new numbers, until nothing is left`() async throws {
    try await withKeeper { box, keeper, activated in
      var digests: [String] = []
      for price in 1...3 {
        try box.write("policies/tiers.lua", "return { noble = \(price) }")
        digests.append(try await keeper.reload(runSpecs: false).digest)
      }
      let back = try await keeper.rollback()
      #expect((back.number, back.digest) == (4, digests[1]))
      let further = try await keeper.rollback()
      #expect((further.number, further.digest) == (5, digests[0]))
      await #expect(throws: RulebookRejected.self) { try await keeper.rollback() }
      #expect(activated.numbers.withLock { $0 } == [1, 2, 3, 4, 5])
    }
  }

  @Test func `numbers go on after a restart, and the rulebook is in the archive`() async throws {
    try await withKeeper { box, keeper, _ in
      let first = try await keeper.reload(runSpecs: false)
      let next = ChangingKeeper(
        RulebookKeeper(directory: box.root, store: try FileRulebookStore(directory: box.base + "/data"))
      ) { _ in }
      #expect(try await next.reload(runSpecs: false).number == 2)
      #expect(try RulebookArchive(directory: box.base + "/data/rulebooks").load(digest: first.digest) == first.snapshot)
    }
  }

  @Test func `a rollback lasts until the files change, also over a restart`() async throws {
    try await withKeeper { box, keeper, _ in
      let first = try await keeper.reload(runSpecs: false)
      try box.write("policies/tiers.lua", "return { noble = 200 }")
      _ = try await keeper.reload(runSpecs: false)
      #expect(try await keeper.rollback().digest == first.digest)
      // Written again, as a deploy or touch does, with the same content.
      try box.write("policies/tiers.lua", "return { noble = 200 }")
      #expect(try await keeper.reload(runSpecs: false).number == 3)
      let next = ChangingKeeper(
        RulebookKeeper(directory: box.root, store: try FileRulebookStore(directory: box.base + "/data"))
      ) { _ in }
      let started = try await next.start()
      #expect((started.number, started.digest) == (4, first.digest))
      #expect(next.lastProblems.isEmpty)
      #expect(try await next.reload(runSpecs: false).number == 4)
      try box.write("policies/tiers.lua", "return { noble = 300 }")
      let changed = try await next.reload(runSpecs: false)
      #expect(changed.number == 5 && changed.digest != first.digest)
      let last = ChangingKeeper(
        RulebookKeeper(directory: box.root, store: try FileRulebookStore(directory: box.base + "/data"))
      ) { _ in }
      #expect(try await last.start().digest == changed.digest)
    }
  }

  @Test func `a reload says whether the files decide, did already, or are set aside by a rollback`() async throws {
    try await withKeeper { box, keeper, _ in
      #expect(try await keeper.report().outcome == .activated)
      #expect(try await keeper.report().outcome == .unchanged)
      try box.write("policies/tiers.lua", "return { noble = 200 }")
      #expect(try await keeper.report().outcome == .activated)
      _ = try await keeper.rollback()
      #expect(try await keeper.report().outcome == .setAside)
      try box.write("policies/tiers.lua", "return { noble = 300 }")
      #expect(try await keeper.report().outcome == .rollbackEnded)
      #expect(try await keeper.report().outcome == .unchanged)
    }
  }

  @Test func `a reload tells what is doubtful where it is asked to, whatever becomes of the files`() async throws {
    try await withKeeper { box, keeper, _ in
      try box.write("policies/tiers.lua", "return { noble = 100, noble = 200 }")
      try box.write("spec/lost_spec.lua", "")
      #expect(try await keeper.report().doubts == [])
      let again = try await keeper.report(tellsDoubts: true)
      #expect(again.outcome == .unchanged)
      #expect(again.doubts.map(\.code) == [.duplicateKey, .neverRuns])
      try box.write("policies/tiers.lua", "return { noble = 100, noble = 300 }")
      let changed = try await keeper.report(tellsDoubts: true)
      #expect(changed.outcome == .activated && changed.doubts == again.doubts)
      _ = try await keeper.rollback()
      let aside = try await keeper.report(tellsDoubts: true)
      #expect(aside.outcome == .setAside && aside.doubts == again.doubts)
    }
  }

  @Test(arguments: ["return {", "error('no')", nil])
  func `what is broken at a restart leaves the rulebook that decided last, unless that is strict`(
    text: String?
  ) async throws {
    try await withKeeper { box, keeper, _ in
      let first = try await keeper.start()
      if let text { try box.write("policies/tiers.lua", text) } else { try box.remove("") }
      func next() throws -> ChangingKeeper {
        ChangingKeeper(
          RulebookKeeper(directory: box.root, store: try FileRulebookStore(directory: box.base + "/data"))
        ) { _ in }
      }
      let keeper = try next()
      let started = try await keeper.start()
      #expect(started.digest == first.digest && started.number > first.number)
      #expect(!keeper.lastProblems.isEmpty)
      let strict = try next()
      if text != nil { await #expect(throws: RulebookRejected.self) { try await strict.start(isStrict: true) } }
      // Mended, it decides again.
      for (path, text) in RulebookSamples.files { try box.write(path, text) }
      try box.write("policies/tiers.lua", "return { noble = 7 }")
      #expect(try await keeper.reload(runSpecs: false).digest != first.digest)
      #expect(keeper.lastProblems.isEmpty)
    }
  }

  @Test func `the first start of all has nothing else to decide by`() async throws {
    try await withKeeper { box, keeper, _ in
      try box.write("policies/tiers.lua", "return {")
      await #expect(throws: RulebookRejected.self) { try await keeper.start() }
    }
  }

  @Test func `decisions that are asked for don't go unless that is said`() async throws {
    try await withKeeper { box, keeper, _ in
      let first = try await keeper.reload(runSpecs: false)
      let name = "tier.assign"
      try box.remove("plugins/tiers")
      let asked = RemovalPolicy(asked: [name])
      let error = await #expect(throws: RulebookRejected.self) {
        try await keeper.reload(runSpecs: false, removal: asked)
      }
      #expect(error?.errors.first?.code == .removesDecisions && error?.errors.first?.message.contains(name) == true)
      #expect(keeper.current?.digest == first.digest)
      try box.write("policies/removed.lua", "return { decisions = { \"\(name)\" } }")
      #expect(try await keeper.reload(runSpecs: false, removal: asked).decision(named: name) == nil)
      // All of them never go by accident, asked for or not.
      for plugin in Set(first.plugins.map(\.name)).subtracting(["tiers"]) { try box.remove("plugins/" + plugin) }
      let all = await #expect(throws: RulebookRejected.self) { try await keeper.reload(runSpecs: false) }
      #expect(all?.errors.map(\.code) == [.removesDecisions])
      #expect(try await keeper.reload(runSpecs: false, removal: RemovalPolicy(isAllowed: true)).decisions.isEmpty)
    }
  }

  @Test(arguments: ["{}", "{ decisions = {} }", "{ decisions = { 1 } }", "{ decisions = { \"a.b\" }, more = 1 }"])
  func `a list of removed decisions of another form is refused`(table: String) async throws {
    try await withKeeper { box, keeper, _ in
      try box.write("policies/removed.lua", "return " + table)
      let error = await #expect(throws: RulebookRejected.self) { try await keeper.reload(runSpecs: false) }
      #expect(error?.errors.map(\.code) == [.invalidPolicy])
      #expect(error?.errors.first?.file == "policies/removed.lua")
    }
  }

  @Test func `ten generations are kept to go back to`() throws {
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(), runSpecs: false)
    var history = GenerationHistory()
    for number in 1...15 {
      history.activated(Generation(number: number, rulebook: rulebook, activatedMilliseconds: 0))
    }
    #expect(history.current?.number == 15)
    #expect(history.retained == [14, 13, 12, 11, 10, 9, 8, 7, 6, 5])
  }
}

/// A keeper with a host that prepares, installs and commits each change.
private struct ChangingKeeper {
  private let keeper: RulebookKeeper
  private let install: @Sendable (Generation) throws(RulebookError) -> Void

  init(_ keeper: RulebookKeeper, install: @escaping @Sendable (Generation) throws(RulebookError) -> Void) {
    self.keeper = keeper
    self.install = install
  }

  var current: Generation? { keeper.current }
  var retained: [Int] { keeper.retained }
  var lastProblems: [RulebookError] { keeper.lastProblems }

  func start(isStrict: Bool = false) async throws -> Generation {
    try await change(try await keeper.prepareStart(runSpecs: false, isStrict: isStrict))
    return try #require(keeper.current)
  }

  func reload(runSpecs: Bool, removal: RemovalPolicy = RemovalPolicy()) async throws -> Generation {
    _ = try await report(runSpecs: runSpecs, removal: removal)
    return try #require(keeper.current)
  }

  /// Reloads, and tells what that came to.
  func report(
    runSpecs: Bool = false, removal: RemovalPolicy = RemovalPolicy(), tellsDoubts: Bool = false
  ) async throws -> ReloadReport {
    let (prepared, report) = try await keeper.prepare(runSpecs: runSpecs, removal: removal, tellsDoubts: tellsDoubts)
    if let prepared { try await change(prepared) }
    return report
  }

  func rollback() async throws -> Generation {
    try await change(try await keeper.prepareRollback())
    return try #require(keeper.current)
  }

  private func change(_ prepared: RulebookKeeper.Prepared) async throws {
    do throws(RulebookError) {
      try install(prepared.generation)
    } catch {
      keeper.giveUp(prepared, error)
      throw RulebookRejected([error])
    }
    await keeper.commit(prepared)
  }
}
