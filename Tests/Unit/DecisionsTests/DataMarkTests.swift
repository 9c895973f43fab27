import Core
import Decisions
import Foundation
import Testing

/// What a data directory says of itself.
struct DataMarkTests {
  private static let day: Int64 = 86_400_000

  @Test func `a mark comes back as it was written`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "mark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    #expect(try DataMark.read(in: directory.path()) == nil)
    var mark = DataMark(.demo, parts: [.ledger, .revoked, .checkpointKeys])
    mark.records = 7
    mark.revoked = [29_000_000: 2, 29_000_001: 1]
    mark.losses = [
      AcceptedLoss(.ledger, from: 3, through: 5, ledger: "l", milliseconds: 9), AcceptedLoss(.keys, milliseconds: 1),
    ]
    mark.clock = try ClockReading.now()
    mark.ages = [.payments: StoreAge(content: 9, file: 7), .graph: StoreAge(content: 1, file: 0)]
    mark.entries = 8244
    try mark.write(in: directory.path())
    #expect(try DataMark.read(in: directory.path()) == mark)
    // What no host writes.
    let path = directory.appending(path: "host.json")
    let text = try String(contentsOf: path, encoding: .utf8)
    for odd in [#""attic": [1, 2]"#, #""sessions": [1]"#, #""sessions": ["1", 2]"#] {
      try Data(text.replacing(#""ages": {"#, with: #""ages": {\#(odd), "#).utf8).write(to: path)
      #expect { try DataMark.read(in: directory.path()) } throws: { ($0 as? StoreError)?.code == .corrupt }
    }
  }

  @Test func `without a mark, what every host made is missed where a host ran`() {
    #expect(DataMark.expected(nil, found: []).isEmpty)
    #expect(DataMark.expected(nil, found: [.graph, .keys]).isEmpty)
    #expect(DataMark.expected(nil, found: [.checkpoints]) == [.ledger, .keys])
    #expect(DataMark.expected(nil, found: [.generation, .sessions]).isSuperset(of: [.ledger, .records, .payments]))
    // Commands alone make these.
    #expect(DataMark.expected(nil, found: [.ledger, .rulebooks, .generation]).isEmpty)
    #expect(DataMark.expected(DataMark(.live, parts: [.graph]), found: [.generation]) == [.graph])
  }

  @Test func `a clock that jumped is told by the one that nobody sets`() {
    let seen = ClockReading(wall: 100 * Self.day, sinceBoot: 5 * Self.day, boot: "a")
    func jump(_ wall: Int64, _ sinceBoot: Int64, _ boot: String = "a") -> Int64? {
      seen.jump(to: ClockReading(wall: wall * Self.day, sinceBoot: sinceBoot * Self.day, boot: boot))
    }
    #expect(jump(108, 13) == nil, "off for eight days, while the machine ran")
    #expect(jump(108, 5) == 8)
    #expect(jump(465, 5) == 365)
    #expect(jump(99, 5) == -1)
    #expect(jump(100, 7) == -2)
    #expect(jump(120, 0, "b") == nil, "the machine was off, nobody knows how long")
    #expect(jump(465, 0, "b") == 365)
    #expect(jump(90, 0, "b") == -10)
    let unset = seen.unset(at: ClockReading(wall: 465 * Self.day, sinceBoot: 7 * Self.day, boot: "a"))
    #expect(unset == 102 * Self.day, "two days passed, whatever the wall clock shows")
    #expect(seen.unset(at: ClockReading(wall: 465 * Self.day, sinceBoot: 7 * Self.day, boot: "b")) == seen.wall)
  }
}
