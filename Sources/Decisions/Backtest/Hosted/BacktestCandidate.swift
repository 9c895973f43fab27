package import Core
package import Rulebook

/// The rules that a running host is asked to compare with those that decided.
package enum BacktestCandidate: Sendable {
  /// The rulebook in this directory: of a command, never of a request.
  case directory(String)
  /// Every file of a rulebook by its path.
  case files([ExactText: [UInt8]])
  /// The generation of this number.
  case generation(Int64)
  /// A rulebook that decided once: `sha256:…`
  case digest(String)
}

/// Loads candidates: from what was sent, or from what the host keeps of its own past.
package struct CandidateLoader: Sendable {
  private let archive: RulebookArchive
  private let source: BacktestSource
  private let current: @Sendable () -> Generation?
  /// Whether everything else in the process runs first.
  private let isQuiet: Bool

  /// Finds rulebooks in `archive`, and the numbers of generations in the records of `source`, unless they are
  /// `current`: that of a host, which decides meanwhile.
  package init(_ archive: RulebookArchive, _ source: BacktestSource, current: @escaping @Sendable () -> Generation) {
    (self.archive, self.source, self.current, isQuiet) = (archive, source, current, true)
  }

  /// The same without a host.
  package init(_ archive: RulebookArchive, _ source: BacktestSource) {
    (self.archive, self.source, current, isQuiet) = (archive, source, { nil }, false)
  }

  /// Loads and checks a candidate, without its specs, on a thread of its own. Throws ``RulebookRejected`` with
  /// everything that is wrong with it, and what keeps records from being read. O(rulebook); O(records) for the number
  /// of an earlier generation.
  package func load(_ candidate: BacktestCandidate) async throws -> CheckedRulebook {
    switch candidate {
    case .directory(let path):
      return try await loading { () throws(RulebookRejected) in
        try RulebookLoader.load(directory: path, runSpecs: false)
      }
    case .files(let files):
      let snapshot = try RulebookSnapshot(sent: files)
      return try await loading { () throws(RulebookRejected) in
        try RulebookLoader.load(snapshot, runSpecs: false, review: .faults)
      }
    case .generation(let number):
      if let current = current(), Int64(current.number) == number { return current.rulebook }
      guard let digest = try await source.digest(ofGeneration: number) else {
        throw Self.missing("no record tells of a generation \(number)")
      }
      return try await load(digest: digest, from: archive)
    case .digest(let digest): return try await load(digest: digest, from: archive)
    }
  }

  /// Loads a rulebook that was checked once, from `archive`. Throws as ``load(_:)`` does. O(rulebook).
  func load(digest: String, from archive: RulebookArchive) async throws -> CheckedRulebook {
    let found = await LoadingThread.run { Result { () throws(RulebookError) in try archive.load(digest: digest) } }
    guard let snapshot = try found.get() else {
      throw Self.missing("the rulebook \(digest) is not in \(archive.directory)")
    }
    return try await loading { () throws(RulebookRejected) in
      try RulebookLoader.load(snapshot, runSpecs: false, isPatient: true)
    }
  }

  private static func missing(_ message: String) -> RulebookRejected {
    RulebookRejected([RulebookError(.unreadable, message: message)])
  }

  private func loading(
    _ load: @escaping @Sendable () throws(RulebookRejected) -> CheckedRulebook
  ) async throws(RulebookRejected) -> CheckedRulebook {
    try await LoadingThread.run(isQuiet: isQuiet) { Result { () throws(RulebookRejected) in try load() } }.get()
  }
}
