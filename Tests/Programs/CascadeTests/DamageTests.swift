import Core
import Decisions
import Foundation
import Testing

/// What becomes of a host when a file of its data directory is damaged: never a smaller history in silence.
struct DamageTests {
  /// What is done to a file.
  enum Damage: String, CaseIterable {
    case flipped, cut, emptied, removed
    /// As it was at an earlier stop.
    case old
    /// Of a user who isn't the host's, and nobody else's to read.
    case foreign
  }

  /// What comes of it.
  enum Outcome {
    /// The host doesn't start, and says this.
    case refuses(String)
    /// It serves; nothing of the history was in the file, or it is there still.
    case serves
    /// It serves, and its log says this.
    case says(String)
    /// It serves, and the file is as it was afterwards.
    case mends
    /// It doesn't start, or a verification of the ledger finds it.
    case found
  }

  /// Why a damage isn't done to a file.
  enum Reason {
    /// What comes of it depends on the byte.
    case dependsOnTheByte
    /// The old copy says the same.
    case isTheSame
    /// At the earlier stop there was none.
    case wasNotThere
    /// It holds nothing.
    case isEmpty
    /// The host looks only at whether it can be read, and writes it anew.
    case isWrittenAnew
  }

  /// A file, and what comes of each damage, or why it isn't done.
  struct Row: CustomTestStringConvertible {
    var file: String
    var outcomes: [Damage: Outcome]
    var left: [Damage: Reason] = [:]
    var testDescription: String { file }
  }

  private static let missing = Outcome.refuses("is missing or empty, and a host kept its")
  private static let changed = Outcome.refuses("isn't as the last host left it")
  private static let unreadable = Outcome.refuses("Permission denied")

  private static func store(
    _ file: String, _ more: [Damage: Outcome] = [:], left: [Damage: Reason] = [:]
  ) -> Row {
    Row(
      file: file,
      outcomes: [
        .cut: .refuses("the file is damaged"), .emptied: missing, .removed: missing, .foreign: unreadable,
      ].merging(more) { $1 }, left: left)
  }

  /// A store of which the last host noted how it left it. What a killed host noted is the affair of `KilledStoreTests`.
  private static func database(_ name: String) -> Row {
    store("\(name)/\(name).sqlite", [.flipped: changed, .cut: changed, .old: changed])
  }

  private static func keys(
    _ file: String, cut: String, _ more: [Damage: Outcome] = [:],
    left: [Damage: Reason] = [.flipped: .dependsOnTheByte, .old: .isTheSame]
  ) -> Row {
    Row(
      file: "keys/" + file,
      outcomes: [.cut: .refuses(cut), .emptied: missing, .removed: missing, .foreign: unreadable]
        .merging(more) { $1 }, left: left)
  }

  static let rows = [
    store("ledger/ledger.sqlite", [.flipped: .found, .old: .refuses("shows 6: 3 entries are missing")]),
    database("payments"), database("sessions"), database("graph"),
    Row(
      file: "records/0/000000000001.records",
      outcomes: [
        .flipped: .says("is damaged"), .cut: .refuses("--accept-loss records"),
        .emptied: .refuses("--accept-loss records"), .removed: .refuses("--accept-loss records"),
        .old: .refuses("has 3 decision records, but had 6"), .foreign: unreadable,
      ]),
    Row(
      file: "audit/000000000001.jsonl",
      outcomes: [
        .cut: .refuses("--accept-loss audit"), .emptied: .refuses("--accept-loss audit"), .removed: missing,
        .old: .refuses("--accept-loss audit"), .foreign: .serves,
      ], left: [.flipped: .dependsOnTheByte]),
    Row(
      file: "checkpoints/000000000003.json",
      outcomes: [.flipped: .serves, .cut: .serves, .emptied: .serves, .removed: .serves, .foreign: .serves],
      left: [.old: .isTheSame]),
    Row(
      file: "checkpoints/000000000006.json",
      outcomes: [
        .flipped: .says("000000000006.json"), .cut: .says("000000000006.json"),
        .emptied: .says("000000000006.json"), .removed: .serves, .foreign: .says("000000000006.json"),
      ], left: [.old: .wasNotThere]),
    Row(
      file: "generation",
      outcomes: [
        .cut: .refuses("should hold the last generation's number"), .emptied: missing, .removed: missing,
        .old: .refuses("--accept-loss generation"), .foreign: unreadable,
      ], left: [.flipped: .dependsOnTheByte]),
    Row(
      file: "epoch",
      outcomes: [.emptied: .refuses("is no 64-bit number"), .removed: .serves, .foreign: unreadable],
      left: [.flipped: .dependsOnTheByte, .cut: .dependsOnTheByte, .old: .isTheSame]),
    Row(
      file: "host.json",
      outcomes: [
        .cut: .refuses("is damaged"), .emptied: .refuses("is damaged"),
        .removed: .refuses("start once with --live"), .old: changed, .foreign: unreadable,
      ], left: [.flipped: .dependsOnTheByte]),
    keys("ring.json", cut: "ring.json is damaged"), keys("checkpoints.json", cut: "checkpoints.json is damaged"),
    keys("note.json", cut: "note.json is damaged"), keys("enrolled.json", cut: "holds no enrolled keys"),
    keys(
      "revoked", cut: "would be valid again",
      [.emptied: .refuses("would be valid again"), .old: .refuses("would be valid again")],
      left: [.flipped: .dependsOnTheByte]),
    Row(
      file: "keys/issuer", outcomes: [.removed: .serves, .foreign: .says("the issuer's name can't be written")],
      left: [.flipped: .isWrittenAnew, .cut: .isWrittenAnew, .emptied: .isWrittenAnew, .old: .isTheSame]),
    Row(
      file: "rulebooks",
      outcomes: [.flipped: .mends, .cut: .mends, .emptied: .mends, .removed: missing, .foreign: .mends],
      left: [.old: .isTheSame]),
    lock("lock"), lock("ledger/ledger.lock"),
  ]

  private static func lock(_ file: String) -> Row {
    Row(
      file: file, outcomes: [.removed: .serves, .foreign: unreadable],
      left: [.flipped: .isEmpty, .cut: .isEmpty, .emptied: .isEmpty, .old: .isTheSame])
  }

  @Test func `each part of the data has a row, and each row says what comes of every damage or why it isn't done`() {
    for part in DataPart.allCases {
      let row = Self.rows.contains { $0.file == part.path || $0.file.hasPrefix(part.path + "/") }
      #expect(row, "a store of data was added: say what comes of damage to \(part.path)")
    }
    for row in Self.rows {
      #expect(Set(row.outcomes.keys).union(row.left.keys) == Set(Damage.allCases), "\(row.file)")
      #expect(Set(row.outcomes.keys).isDisjoint(with: row.left.keys), "\(row.file)")
    }
  }

  /// Data with six entries and six records, and how they were at three.
  private final class Sound: @unchecked Sendable {
    let scratch: Scratch
    var good: URL { scratch.url.appending(path: "good") }
    var old: URL { scratch.url.appending(path: "old") }

    static let shared = Result { try Sound() }

    init() throws {
      scratch = try Scratch()
      try scratch.write("plugins/numbers/plugin.lua", rule)
      let data = scratch.url.appending(path: "data")
      for (stage, target) in [old, good].enumerated() {
        let server = try RunningServer(scratch, ["--lanes", "1"])
        let token = try server.authorization(scratch)
        for number in 3 * stage..<3 * stage + 3 {
          #expect(try server.give(id: "7f3c1b1e-0000-4000-8000-00000000000\(number)", as: token).status == 200)
          _ = try server.decide("number.double", #"{"number":\#(number)}"#)
        }
        let id = "018bcfe5-6800-7000-8000-00000000000\(stage)"
        #expect(try Program.run(["token", "revoke", id, "--data", data.path()]).code == 0)
        let key = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
        #expect(try Program.run(["token", "enrol", "anna", "--key", key, "--data", data.path()]).code == 0)
        usleep(1_500_000)
        #expect(server.stop() == 0, "\(server.logged)")
        // What a command writes between two hosts is no damage.
        let columns = "citizen1,citizen2,trustScore,strengthScore,lastInteraction"
        let edges = try scratch.write("edges.csv", "\(columns)\nc\(stage),d,50,10,\n")
        let imported = try Program.run(["graph", "import", "--edges", edges, "--data", data.path()])
        #expect(imported.code == 0, "\(imported.error)")
        let restarted = try RunningServer(scratch, ["--lanes", "1"])
        #expect(restarted.stop() == 0, "\(restarted.logged)")
        try FileManager.default.copyItem(at: data, to: target)
      }
    }

    private let rule = """
      return {
        name = "numbers", version = "1.0.0",
        decisions = {
          ["number.double"] = {
            input = { number = "integer" }, output = { number = "integer" },
            decide = function(input) return { number = 2 * input.number } end,
          },
        },
      }
      """
  }

  @Test(arguments: rows)
  func `each damage to a file is refused, said, mended, or takes nothing`(row: Row) throws {
    let sound = try Sound.shared.get()
    var file = row.file
    if file == "rulebooks" {
      file +=
        "/" + (try #require(FileManager.default.contentsOfDirectory(atPath: sound.good.path() + "/rulebooks").first))
    }
    for damage in Damage.allCases {
      guard let outcome = row.outcomes[damage], damage != .foreign || getuid() == 0 else { continue }
      let scratch = try Scratch()
      for name in ["plugins", "data"] {
        let source = name == "data" ? sound.good : sound.scratch.url.appending(path: name)
        try FileManager.default.copyItem(at: source, to: scratch.url.appending(path: name))
      }
      let data = scratch.url.appending(path: "data").path()
      let original = try Data(contentsOf: URL(filePath: data + "/" + file))
      try Self.damage(data, file, damage, original, sound)
      try Self.check(outcome, scratch, "\(file), \(damage)") {
        try Data(contentsOf: URL(filePath: data + "/" + file)) == original
      }
    }
  }

  private static func damage(_ data: String, _ file: String, _ damage: Damage, _ original: Data, _ sound: Sound) throws
  {
    let path = data + "/" + file
    switch damage {
    case .flipped:
      var bytes = original
      // In a ledger, where an entry is.
      let place = original.range(of: Data("citizen:a".utf8), options: .backwards)?.lowerBound ?? bytes.count / 2
      bytes[place] ^= 1
      try bytes.write(to: URL(filePath: path))
    case .cut: try original.prefix(original.count / 2).write(to: URL(filePath: path))
    case .emptied: try Data().write(to: URL(filePath: path))
    case .removed: try FileManager.default.removeItem(atPath: path)
    case .old: try Data(contentsOf: sound.old.appending(path: file)).write(to: URL(filePath: path))
    case .foreign:
      for inside in [""] + (try FileManager.default.subpathsOfDirectory(atPath: data)) {
        #expect(chown(data + "/" + inside, 65534, 65534) == 0)
      }
      #expect(chown(path, 0, 0) == 0)
    }
    // Writing anew by this test may have changed who may read it.
    if damage != .removed { #expect(chmod(path, 0o600) == 0) }
  }

  private static func check(_ outcome: Outcome, _ scratch: Scratch, _ what: String, isWhole: () throws -> Bool) throws {
    let data = scratch.url.appending(path: "data").path()
    #expect(chmod(scratch.url.path(), 0o755) == 0)
    let server: RunningServer
    do {
      server = try RunningServer(scratch, ["--no-specs", "--lanes", "1"])
    } catch {
      switch outcome {
      case .refuses(let message): #expect("\(error)".contains(message), "\(what): \(error)")
      case .found: break
      default: Issue.record("\(what): \(error)")
      }
      return
    }
    #expect(try server.decide("number.double", #"{"number":1}"#)["result"]?["number"] == 2, "\(what)")
    #expect(server.stop() == 0, "\(what): \(server.logged)")
    let verified = try Program.run(["ledger", "verify", "--data", data])
    switch outcome {
    case .refuses(let message): Issue.record("\(what): it started, and should say '\(message)'")
    case .serves: #expect(verified.out.hasPrefix("6 entries are good"), "\(what): \(verified.out)\(verified.error)")
    case .says(let message): #expect(server.logged.contains(message), "\(what): \(server.logged)")
    case .mends: #expect(try isWhole(), "\(what)")
    case .found: #expect(verified.code == 2, "\(what): \(verified.out)")
    }
  }
}
