import Core
import Decisions
import Foundation
import Ledger
import LoggedLines
import Synchronization
import Testing
import Tokens

/// Signed checkpoints: when they are made, who signed them, and what they are no proof of.
struct CheckpointTests {
  private static let now: Int64 = 1_700_000_000_000

  /// A folder of keys, a ledger in memory and a book, all gone with the test.
  private final class Setting {
    let directory = "/tmp/cascade-checkpoints-\(UUID().uuidString)"
    let store = MemoryLedgerStore(
      ledgerID: "a", time: TimeSource(wall: { CheckpointTests.now * 1_000_000 }, boot: { 0 }))
    let keys: CheckpointKeys
    let issuer: Issuer
    let book: CheckpointBook
    let lines = LogLines()

    init() throws {
      let folder = try KeyDirectory(data: directory)
      keys = CheckpointKeys(folder)
      issuer = try Issuer(name: "http://localhost", ring: folder.ring, now: CheckpointTests.now)
      book = CheckpointBook(directory: directory + "/checkpoints")
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var signer: RingCheckpointSigner { RingCheckpointSigner(issuer, keeping: keys) }

    func maker(_ schedule: CheckpointSchedule = CheckpointSchedule()) -> CheckpointMaker {
      CheckpointMaker(
        of: store, signer: signer, keys: keys, book: book, schedule: schedule, logger: lines.logger)
    }

    func add(_ count: UInt64, from first: UInt64, to other: MemoryLedgerStore? = nil) async throws {
      let accounts = try #require(AccountName("world").flatMap { world in AccountName("anna").map { (world, $0) } })
      let amount = Amount(1, try #require(Asset("DUC/2")))
      let events = (first..<first + count).map { number in
        SubmittedEvent.event(
          .posted(Identifier(high: 0x7000, low: 1 << 63 | number), from: accounts.0, to: accounts.1, amount))
      }
      _ = try await (other ?? store).commit(Submission(events, authority: .operator))
    }
  }

  @Test func `one is made after so many entries or so long, and one at the end, none while nothing happens`()
    async throws
  {
    let setting = try Setting()
    var schedule = CheckpointSchedule()
    schedule.entries = 10
    schedule.interval = 60_000_000_000
    let maker = setting.maker(schedule)
    let start = ContinuousClock.now
    #expect(try await maker.makeIfDue(now: start, isLast: true) == nil)
    try await setting.add(1, from: 1)
    let first = try #require(try await maker.makeIfDue(now: start))
    #expect(first.checkpoint.size == 1)
    #expect(try await maker.makeIfDue(now: start + .seconds(3_600)) == nil)
    try await setting.add(9, from: 2)
    #expect(try await maker.makeIfDue(now: start + .seconds(59)) == nil)
    try await setting.add(1, from: 11)
    #expect(try await maker.makeIfDue(now: start)?.checkpoint.size == 11)
    try await setting.add(1, from: 12)
    #expect(try await maker.makeIfDue(now: start + .seconds(61))?.checkpoint.size == 12)
    try await setting.add(1, from: 13)
    // Of an earlier run it isn't known how old it is: nobody can tell how the wall clock went.
    let next = setting.maker(schedule)
    #expect(try await next.makeIfDue(now: start) == nil)
    #expect(try await next.makeIfDue(now: start + .seconds(59)) == nil)
    let last = try #require(try await maker.makeIfDue(now: start, isLast: true))
    let found = try setting.book.newest(signedBy: try setting.keys.keys())
    #expect(found.newest?.checkpoint == last)
    #expect(found.newest?.path == setting.directory + "/checkpoints/000000000013.json")
    #expect(found.damaged.isEmpty && found.problem == nil)
    #expect(try await setting.store.verify(against: last.checkpoint).problem == nil)
    // The other one knows nothing of this, and is due by now.
    try await setting.add(1, from: 14)
    #expect(try await next.makeIfDue(now: start + .seconds(61))?.checkpoint.size == 14)
  }

  /// Logs that end where a test says.
  private final class GivenHeads: RecordHeads {
    let given = Mutex<[RecordHead]>([])

    func heads() async throws -> [RecordHead] { given.withLock { $0 } }

    func end(at count: Int64) {
      let hash = [UInt8](repeating: UInt8(count), count: 32)
      let head = RecordHead(log: "lane-0", sequence: count, hash: hash, count: count)
      given.withLock { $0 = [head] }
    }
  }

  @Test func `records that are added count like entries, also where the ledger has none`() async throws {
    let setting = try Setting()
    let logs = GivenHeads()
    func maker() -> CheckpointMaker {
      CheckpointMaker(of: setting.store, records: logs, signer: setting.signer, keys: setting.keys, book: setting.book)
    }
    let first = maker(), start = ContinuousClock.now
    #expect(try await first.makeIfDue(now: start) == nil)
    #expect(try await first.makeIfDue(now: start + .seconds(61)) == nil)
    logs.end(at: 3)
    #expect(try await first.makeIfDue(now: start + .seconds(100)) == nil)
    let made = try #require(try await first.makeIfDue(now: start + .seconds(122)))
    #expect(made.checkpoint.size == 0 && made.checkpoint.records?.first?.count == 3)
    #expect(try await setting.store.verify(against: made.checkpoint).problem == nil)
    #expect(try await first.makeIfDue(now: start + .seconds(300), isLast: true) == nil)
    logs.end(at: 4)
    let last = try #require(try await first.makeIfDue(now: start + .seconds(301), isLast: true))
    #expect(try setting.book.newest(signedBy: try setting.keys.keys()).newest?.checkpoint == last)
    // The next run knows what the last one said.
    let next = maker()
    #expect(try await next.makeIfDue(now: start, isLast: true) == nil)
    // The ledger's own entries wait for nothing, and name the logs, too.
    try await setting.add(1, from: 1)
    #expect(try await next.makeIfDue(now: start)?.checkpoint.records?.first?.count == 4)
    logs.end(at: 5)
    #expect(try await next.makeIfDue(now: start + .seconds(61))?.checkpoint.size == 1)
  }

  @Test func `the wall clock going back holds up no checkpoint`() async throws {
    let setting = try Setting()
    let hour: Int64 = 3_600_000_000_000
    let wall = Mutex(Self.now * 1_000_000 + hour)
    let store = MemoryLedgerStore(time: TimeSource(wall: { wall.withLock { $0 } }, boot: { 0 }))
    let maker = CheckpointMaker(of: store, signer: setting.signer, keys: setting.keys, book: setting.book)
    let start = ContinuousClock.now
    for (number, seconds) in [(1, 0), (2, 60), (3, 120)] as [(UInt64, Int)] {
      try await setting.add(1, from: number, to: store)
      let made = try await maker.makeIfDue(now: start + .seconds(seconds))
      #expect(made?.checkpoint.size == Int64(number))
      wall.withLock { $0 -= hour }
    }
  }

  @Test func `a signature holds for exactly what was signed, also when its key is long gone`() async throws {
    let setting = try Setting()
    try await setting.add(3, from: 1)
    let made = try #require(try await setting.maker().makeIfDue(now: .now))
    let key = try setting.issuer.activeKey().identifier
    let year: Int64 = 365 * 86_400_000
    for step in 1...3 as ClosedRange<Int64> {
      _ = try setting.issuer.stored.rotate(now: Self.now + step * year)
      _ = try setting.issuer.refresh(now: Self.now + step * year + year / 2)
    }
    #expect(setting.issuer.ring.gone.contains(key))
    try await setting.add(1, from: 4)
    let later = try #require(try await setting.maker().makeIfDue(now: .now, isLast: true))
    let keys = try #require(try setting.keys.keys())
    #expect(keys.keys.count == 2)
    #expect(keys.keys.allSatisfy { !$0.canSign })
    #expect(try made.verify(keys) == key)
    #expect(try later.verify(keys) == setting.issuer.activeKey().identifier)
  }

  @Test func `what is no signature of this checkpoint is refused`() async throws {
    let setting = try Setting()
    try await setting.add(3, from: 1)
    let made = try #require(try await setting.maker().makeIfDue(now: .now))
    let keys = try #require(try setting.keys.keys())
    let key = try setting.issuer.activeKey()
    let payload = made.checkpoint.json.bytes
    var longer = made.checkpoint
    longer.size += 1
    var swapped = Array(try #require(made.signature).utf8)
    swapped[swapped.count - 10] ^= 1
    let forgeries: [(SignedCheckpoint, String)] = [
      (SignedCheckpoint(made.checkpoint, signature: nil), "is not signed"),
      (SignedCheckpoint(longer, signature: made.signature), "another checkpoint"),
      (SignedCheckpoint(made.checkpoint, signature: String(decoding: swapped, as: UTF8.self)), ""),
      (SignedCheckpoint(made.checkpoint, signature: "a.b.c"), ""),
      (
        SignedCheckpoint(made.checkpoint, signature: try TokenSigner.token("at+jwt", payload: payload, key: key)),
        "no checkpoint's"
      ),
      (SignedCheckpoint(made.checkpoint, signature: try TokenSigner.token(nil, payload: payload, key: key)), "typ"),
    ]
    for (forged, reason) in forgeries {
      let error = #expect(throws: TokenError.self) { try forged.verify(keys) }
      #expect(error?.reason.contains(reason) == true || reason.isEmpty, "\(error?.reason ?? "")")
    }
    let other = try Setting()
    try other.keys.keep(other.issuer.activeKey())
    let strangers = try #require(try other.keys.keys())
    #expect(throws: TokenError.self) { try made.verify(strangers) }
    // And a checkpoint lets nobody in.
    let policy = ClaimsPolicy.anyIssuer
    #expect(throws: TokenError.self) {
      try TokenVerifier(keys: keys, policy: policy).verify(try #require(made.signature), now: Self.now)
    }
  }

  /// How a checkpoint's file is damaged, and what is said of it.
  enum Damage: CaseIterable {
    case noJSON, empty, otherSize, otherHead, badSignature, unsigned

    func bytes(of checkpoint: SignedCheckpoint) -> [UInt8] {
      var changed = checkpoint
      switch self {
      case .noJSON: return Array("{".utf8)
      case .empty: return []
      // One bit up: a checkpoint that would be the newest for long.
      case .otherSize: changed.checkpoint.size |= 1 << 40
      case .otherHead: changed.checkpoint.head[0] ^= 1
      case .badSignature: changed.signature = changed.signature.map { String($0.dropLast(4)) + "AAAA" }
      case .unsigned: changed.signature = nil
      }
      return changed.json.bytes
    }

    var said: String {
      switch self {
      case .noJSON, .empty, .otherSize: "it is no checkpoint of 2 entries"
      case .otherHead: "what was signed is another checkpoint"
      case .badSignature: "the signature is not valid"
      case .unsigned: "the checkpoint is not signed"
      }
    }
  }

  @Test(arguments: Damage.allCases)
  func `a newest file that is damaged is set aside and named, and the one before it counts`(_ damage: Damage)
    async throws
  {
    let setting = try Setting()
    try await setting.add(1, from: 1)
    let good = try #require(try await setting.maker().makeIfDue(now: .now, isLast: true))
    try await setting.add(1, from: 2)
    let newer = try #require(try await setting.maker().makeIfDue(now: .now, isLast: true))
    let path = setting.directory + "/checkpoints/000000000002.json"
    try Data(damage.bytes(of: newer)).write(to: URL(filePath: path))
    let found = try setting.book.newest(signedBy: try setting.keys.keys())
    #expect(found.newest?.checkpoint == good)
    #expect(found.damaged == [DamagedCheckpoint(path: path, reason: damage.said)])
    // The ledger has grown by no entry since the damaged one; it is covered again.
    let again = try #require(try await setting.maker().makeIfDue(now: .now, isLast: true))
    #expect(again.checkpoint == newer.checkpoint)
    #expect(setting.lines.all == ["error: \(path) is damaged and set aside as ….damaged: \(damage.said)"])
    #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
    let after = try setting.book.newest(signedBy: try setting.keys.keys())
    #expect(after.newest?.checkpoint.checkpoint == newer.checkpoint && after.damaged.isEmpty)
  }

  @Test func `where no signature holds nothing is set aside, and the next checkpoint is made at once`() async throws {
    let setting = try Setting()
    for number in 1...3 as ClosedRange<UInt64> {
      try await setting.add(1, from: number)
      _ = try await setting.maker().makeIfDue(now: .now, isLast: true)
    }
    // The keys of another host in the place of those that signed.
    let other = try Setting()
    let maker = CheckpointMaker(
      of: setting.store, signer: other.signer, keys: other.keys, book: setting.book, logger: setting.lines.logger)
    try other.keys.keep(other.issuer.activeKey())
    let made = try #require(try await maker.makeIfDue(now: .now))
    #expect(made.checkpoint.size == 3)
    #expect(setting.lines.all.count == 1)
    #expect(setting.lines.all.first?.hasPrefix("error: no checkpoint holds, and the next one is made now") == true)
    let names = try FileManager.default.contentsOfDirectory(atPath: setting.book.directory).sorted()
    #expect(names == ["000000000001.json", "000000000002.json", "000000000003.json"])
  }

  @Test func `of very many checkpoints the newest stay`() throws {
    let setting = try Setting()
    for size in 1...CheckpointBook.kept + 3 {
      let head = LedgerHead(sequence: Int64(size), timestamp: 1, hash: [UInt8](repeating: 7, count: 32))
      try setting.book.keep(SignedCheckpoint(Checkpoint(ledger: "a", head: head), signature: nil))
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: setting.book.directory).sorted()
    #expect(names.count == CheckpointBook.kept)
    #expect(names.first == "000000000004.json")
  }
}
