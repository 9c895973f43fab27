import FoundationEssentials
import Glibc
import Platform
import Synchronization
import Testing

@testable import Rulebook

/// Each test plays the loader: whenever the watcher reports, it reads the rulebook. A test waits, with a
/// generous ceiling, until what was read is what is there: so the *last* change was reported.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RulebookWatcherTests {
  @Test func `a file written in place is noticed`() async throws {
    try await withWatched { box in
      try box.write("plugins/tiers/plugin.lua", "return 2")
      try await box.caughtUp()
    }
  }

  @Test func `a new file is noticed`() async throws {
    try await withWatched { box in
      try box.write("policies/fees.lua", "return {}")
      try await box.caughtUp()
    }
  }

  @Test func `a file of cases is noticed`() async throws {
    try await withWatched { box in
      try box.write("plugins/tiers/spec/tiers.csv", "a\n1\n")
      try await box.caughtUp()
      try box.write("plugins/tiers/spec/tiers.csv", "a\n2\n")
      try await box.caughtUp()
    }
  }

  @Test func `a renamed file is noticed`() async throws {
    try await withWatched { box in
      try box.rename("plugins/tiers/plugin.lua", "plugins/tiers/other.lua")
      try await box.caughtUp()
    }
  }

  @Test func `an editor's atomic save is noticed`() async throws {
    try await withWatched { box in
      for version in 2...5 {
        try box.write("plugins/tiers/.plugin.lua.swp", "return \(version)")
        try box.rename("plugins/tiers/.plugin.lua.swp", "plugins/tiers/plugin.lua")
        try await box.caughtUp()
      }
    }
  }

  @Test func `truncate and write ends with the whole content`() async throws {
    try await withWatched { box in
      try box.write("plugins/tiers/plugin.lua", "")
      usleep(20_000)
      try box.write("plugins/tiers/plugin.lua", "return 'whole'")
      try await box.caughtUp()
    }
  }

  @Test func `a deleted file is noticed`() async throws {
    try await withWatched { box in
      try box.remove("policies/caps.lua")
      try await box.caughtUp()
    }
  }

  @Test func `a set copied slowly ends complete`() async throws {
    try await withWatched { box in
      for part in 1...10 {
        try box.write("plugins/new/deep/er/part\(part).lua", "return \(part)")
        usleep(8_000)
      }
      try await box.caughtUp()
    }
  }

  @Test func `files in a directory made a moment ago are noticed`() async throws {
    try await withWatched { box in
      try box.makeDirectory("plugins/a")
      try box.makeDirectory("plugins/a/b")
      try await box.reported()
      try box.write("plugins/a/b/late.lua", "return 1")
      try await box.caughtUp()
    }
  }

  @Test func `a directory moved in, then written to, is noticed`() async throws {
    try await withWatched { box in
      try box.write("staging/inner/plugin.lua", "return 1")
      try box.rename("staging", "plugins/moved")
      try await box.caughtUp()
      try box.write("plugins/moved/inner/plugin.lua", "return 2")
      try await box.caughtUp()
    }
  }

  @Test func `a file that becomes readable is noticed`() async throws {
    try await withWatched { box in
      let reports = box.reports
      #expect(chmod(box.path("policies/caps.lua"), 0o600) == 0)
      try await box.wait { box.reports > reports }
    }
  }

  @Test func `the rulebook deleted and made again is noticed`() async throws {
    try await withWatched { box in
      for round in 1...3 {
        try box.remove("")
        try await box.caughtUp()
        try box.write("plugins/tiers/plugin.lua", "return \(round)")
        try await box.caughtUp()
        try box.write("policies/caps.lua", "return \(round)")
        try await box.caughtUp()
      }
    }
  }

  @Test func `the rulebook replaced by rename is noticed`() async throws {
    try await withWatched { box in
      try box.write("../next/plugins/tiers/plugin.lua", "return 'next'")
      try box.rename("", "../previous")
      try box.rename("../next", "")
      try await box.caughtUp()
      try box.write("plugins/tiers/plugin.lua", "return 'after'")
      try await box.caughtUp()
    }
  }

  @Test func `a rulebook that does not exist yet is noticed when it appears`() async throws {
    try await withWatched(prepare: { _ in }) { box in
      try box.write("plugins/tiers/plugin.lua", "return 1")
      try await box.caughtUp()
    }
  }

  @Test func `a Kubernetes volume swapping its data link is noticed`() async throws {
    try await withWatched(prepare: { box in
      try box.write("policies/..2026_1/fees.lua", "return 1")
      try box.link("policies/..data", to: "..2026_1")
      try box.link("policies/fees.lua", to: "..data/fees.lua")
      try box.write("plugins/tiers/plugin.lua", "return 1")
    }) { box in
      for version in 2...4 {
        try box.write("policies/..2026_\(version)/fees.lua", "return \(version)")
        try box.link("policies/..data_tmp", to: "..2026_\(version)")
        try box.rename("policies/..data_tmp", "policies/..data")
        try box.remove("policies/..2026_\(version - 1)")
        try await box.caughtUp()
      }
    }
  }

  @Test func `a Kubernetes volume holding the whole rulebook is noticed`() async throws {
    try await withWatched(prepare: { box in
      try box.write("..v1/plugins/tiers/plugin.lua", "return 1")
      try box.link("..data", to: "..v1")
      try box.link("plugins", to: "..data/plugins")
      try box.link("policies", to: "..data/policies")
    }) { box in
      try box.write("..v2/plugins/tiers/plugin.lua", "return 2")
      try box.write("..v2/policies/fees.lua", "return 2")
      try box.link("..data_tmp", to: "..v2")
      try box.rename("..data_tmp", "..data")
      try await box.caughtUp()
      try box.write("..v2/policies/fees.lua", "return 3")
      try await box.caughtUp()
    }
  }

  @Test func `a link that points elsewhere is noticed, and so are changes behind it`() async throws {
    try await withWatched(prepare: { box in
      try box.write("../releases/1/tiers/plugin.lua", "return 1")
      try box.write("../releases/2/tiers/plugin.lua", "return 2")
      try box.link("plugins", to: "../releases/1")
    }) { box in
      try box.write("plugins/tiers/plugin.lua", "return '1b'")
      try await box.caughtUp()
      try box.remove("plugins")
      try box.link("plugins", to: "../releases/2")
      try await box.caughtUp()
      try box.write("../releases/2/tiers/plugin.lua", "return '2b'")
      try await box.caughtUp()
    }
  }

  @Test func `a linked file written at its other end is noticed`() async throws {
    try await withWatched(prepare: { box in
      try box.write("../shared/fees.lua", "return 1")
      try box.link("policies/fees.lua", to: "../../shared/fees.lua")
    }) { box in
      try box.write("../shared/fees.lua", "return 2")
      try await box.caughtUp()
    }
  }

  @Test func `a loop of links ends`() async throws {
    try await withWatched(prepare: { box in
      try box.link("plugins/tiers/again", to: "..")
      try box.link("plugins/self", to: "self")
      try box.write("plugins/tiers/plugin.lua", "return 1")
    }) { box in
      let reports = box.reports
      try box.write("plugins/tiers/plugin.lua", "return 2")
      try await box.wait { box.reports > reports }
    }
  }

  @Test func `after an overflow of the kernel's queue new directories are found`() async throws {
    let gate = Mutex(())
    try await withWatched(onReport: { gate.withLock { _ in } }) { box in
      let limit = Int(try box.number(at: "/proc/sys/fs/inotify/max_queued_events")) ?? 16_384
      guard limit <= 200_000 else { return }
      try gate.withLock { _ in
        try box.write("plugins/tiers/plugin.lua", "return 'held'")
        // The watch thread is in the report by now; the queue fills up behind it.
        usleep(50_000)
        try box.fillQueue(events: limit + 1000)
        try box.makeDirectory("plugins/lost/below")
      }
      try await box.caughtUp()
      try await box.settled()
      try box.write("plugins/lost/below/found.lua", "return 1")
      try await box.caughtUp()
    }
  }

  @Test func `beyond the limit of directories it refuses to start`() throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    for index in 0..<40 { try box.makeDirectory("plugins/p\(index)") }
    let error = #expect(throws: WatchError.self) {
      try RulebookWatcher(root: box.root, directoryLimit: 30) {}
    }
    #expect(error?.code == .tooManyDirectories)
    #expect(error?.message.contains("more than 30 directories") == true)
  }

  @Test func `growing beyond the limit loses no change`() async throws {
    try await withWatched(directoryLimit: 20) { box in
      for index in 0..<30 { try box.makeDirectory("plugins/p\(index)/deep") }
      try await box.caughtUp()
      // Unless this one happens to be watched, it is the assumed change that finds it.
      try box.write("plugins/p21/deep/plugin.lua", "return 1")
      try await box.caughtUp()
    }
  }

  @Test func `after stop nothing is reported, and a second stop does nothing`() throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    try box.write("plugins/tiers/plugin.lua", "return 1")
    let watcher = try RulebookWatcher(root: box.root, quiet: .zero) { box.report() }
    try box.write("plugins/tiers/plugin.lua", "return 2")
    watcher.stop()
    let before = box.reports
    try box.write("plugins/tiers/plugin.lua", "return 3")
    usleep(50_000)
    #expect(box.reports == before)
    watcher.stop()
  }

  @Test func `stop from within the report does not wait for itself`() async throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    try box.makeDirectory("plugins")
    let held = Mutex<RulebookWatcher?>(nil)
    let watcher = try RulebookWatcher(root: box.root) {
      held.withLock { $0 }?.stop()
      box.report()
    }
    held.withLock { $0 = watcher }
    try box.write("plugins/tiers/plugin.lua", "return 1")
    try await box.wait { box.reports > 0 }
    held.withLock { $0 = nil }
  }

  @Test func `watchers leave no descriptor behind`() throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    try box.makeDirectory("plugins")
    func descriptors() throws -> Int {
      try Directory.entries(of: "/proc/self/fd").count
    }
    let before = try descriptors()
    for _ in 0..<50 { try RulebookWatcher(root: box.root) {}.stop() }
    // Other tests may open a few of their own meanwhile.
    #expect(try descriptors() < before + 50)
  }
}
