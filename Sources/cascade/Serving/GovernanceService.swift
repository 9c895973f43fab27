import ArgumentParser
import Core
import Decisions
import Governance
import Ledger
import Logging
import ServiceLifecycle
import StoreSQLite

/// What the options want of governance. A root in the chain counts whatever they say.
struct GovernanceSettings: Sendable {
  /// The addresses whose envelopes one host counts.
  static let heldAddresses = 10_000

  /// The digest that the first root must have; nil for any, or none.
  let firstRoot: String?
  /// Whether whatever has effects is refused while nobody confirms what is in force.
  let refusesStale: Bool

  /// The given options, completed by `sources`. Throws a usage error that names the option.
  init(_ sources: SettingSources, _ mode: String?, root: String?, _ freshness: String?) throws {
    let mode = try sources.text(mode, "governance")
    firstRoot = try sources.text(root, "governance-root")
    guard mode == nil || mode == "enforce" else { throw sources.fault("governance", "is enforce, or not given") }
    if mode != nil, firstRoot == nil { throw sources.fault("governance", "enforce wants --governance-root") }
    if let firstRoot, !firstRoot.begins(with: "sha256:") || firstRoot.utf8.count != 71 {
      throw sources.fault("governance-root", "is sha256: and 64 hexadecimal digits")
    }
    let word = try sources.text(freshness, "freshness", or: "warn")
    guard word == "warn" || word == "refuse" else { throw sources.fault("freshness", "is warn or refuse") }
    refusesStale = word == "refuse"
  }

  /// The book of a ledger. Throws when the chain has another first root than was pinned, or an unjustified step.
  func book(_ ledger: any LedgerStore) async throws -> GovernanceBook {
    let book = try await GovernanceBook(ledger, time: .system)
    let found = await book.current?.firstRoot
    if let firstRoot, found != firstRoot {
      throw ReadingError(
        message: found.map { "the chain begins with the root \($0), and \(firstRoot) was pinned" }
          ?? "the chain has no root, and \(firstRoot) was pinned: this is another data directory, or an emptied one")
    }
    return book
  }
}

/// Takes what time makes due, and brings into force what is ready.
struct GovernanceService: Service {
  /// The interval between two looks.
  static let interval = Duration.seconds(1)

  let course: GovernanceCourse
  let budgets: ObjectiveBudgets
  let logger: Logger

  func run() async throws {
    var last: [GovernanceCourse.Event] = []
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      await budgets.observe()
      do {
        let events = try await course.round()
        // What waits is told once.
        if events != last { for event in events { logger.notice("governance", metadata: ["event": "\(event)"]) } }
        last = events
      } catch let error as StoreError where error.code == .conflict {
        // Another host took the step; the next look finds it taken.
        logger.info("governance: \(error)")
      } catch {
        logger.error("governance can't go on: \(error)")
      }
    }
  }
}
