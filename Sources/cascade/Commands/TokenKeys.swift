import ArgumentParser
import Core
import Cryptography
import Governance
import Tokens

/// `cascade token keys`: the keys a host signs with.
struct ListKeys: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Lists a host's signing keys, and when each changes its state.")

  @OptionGroup var options: DataOptions
  @Option(help: "How they are written.") var format = KeyListing.Format.pretty

  func run() throws {
    let now = WallClock.milliseconds()
    let ring = try options.withKeys { (directory) throws(TokenError) in
      if let ring = try directory.ring.reading(now: now) { return ring }
      return try directory.ring.current(now: now)
    }
    Output.write(KeyListing(ring: ring).text(format))
  }
}

/// `cascade token rotate`: publishes a new signing key.
struct RotateKeys: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Publishes a new key, which signs once everybody has fetched it.",
    discussion: """
      published (twice as long as others keep the key set) → active → retiring (until its last token has expired) → \
      gone. A host that runs notices within a second. Exits with 2 while a published key waits for its turn.
      """)

  @OptionGroup var options: DataOptions
  @Option(help: "How the keys are written.") var format = KeyListing.Format.pretty

  func run() throws {
    let now = WallClock.milliseconds()
    let ring: KeyRing? = try options.withKeys { (directory) throws(TokenError) in
      try directory.ring.current(now: now).isRotating ? nil : directory.ring.rotate(now: now)
    }
    guard let ring else {
      Output.note("error: a published key waits for its turn already; `cascade token keys` says until when")
      throw ExitCode.no
    }
    try options.note("rotateKeys")
    Output.write(KeyListing(ring: ring).text(format))
  }
}

/// The keys of a ring as text.
struct KeyListing {
  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

  var ring: KeyRing
  var schedule = RotationSchedule()

  /// A table, or `{"keys":[{"kid","alg","state","since","next"}]}`; `next` is null for the active key.
  func text(_ format: Format) -> String {
    switch format {
    case .json:
      let keys = ring.entries.map { entry -> JSON in
        let next = entry.nextStep(schedule).map { JSON.string(Self.instant($0)) }
        return [
          "kid": .string(entry.key.identifier), "alg": .string(entry.key.algorithm.rawValue),
          "state": .string(entry.state.rawValue), "since": .string(Self.instant(entry.since)), "next": next ?? .null,
        ]
      }
      let answer: JSON = ["keys": .array(keys)]
      return answer.text + "\n"
    case .pretty:
      let rows = ring.entries.map { entry in
        [
          entry.key.identifier, entry.key.algorithm.rawValue, entry.state.rawValue, Self.instant(entry.since),
          entry.nextStep(schedule).map(Self.instant) ?? "-",
        ]
      }
      return Self.table([["kid", "alg", "state", "since", "until"]] + rows)
    }
  }

  /// Rows in columns, the first one their titles.
  static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// The time in UTC, in the form of RFC 3339.
  static func instant(_ milliseconds: Int64) -> String {
    Instant(seconds: milliseconds / 1000).text
  }
}
