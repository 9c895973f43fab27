internal import Core
internal import Ledger
internal import StoreConformance
internal import Testing

struct LedgerStateTests {
  private let second: Int64 = 1_000_000_000

  private func apply(_ events: [LedgerEvent], at now: Int64, to state: inout LedgerState) throws -> [String] {
    var changes = LedgerChanges()
    return try state.apply(Submission(events.map { .event($0) }, authority: .operator), now: now, changes: &changes)
      .outcomes
  }

  @Test func `a NUL in a code, a reference or metadata is refused, wherever it stands`() throws {
    for text in ["\0", "alice\0evil", "inv-1\0", "\0inv-1"] {
      var state = LedgerState()
      let plain = LedgerEvent.posted(id(1), from: account("world"), to: account("alice"), ducats(1))
      var (reference, code, key, value) = (plain, plain, plain, plain)
      reference.reference = text
      code.code = text
      key.metadata = [ExactText(text): "x"]
      value.metadata = ["x": text]
      let events = [reference, code, key, value]
      for (event, reason) in zip(events, ["invalid_reference", "invalid_code", "invalid_metadata", "invalid_metadata"])
      {
        #expect(try apply([event], at: 1, to: &state) == [reason])
      }
      #expect(try apply([plain], at: 1, to: &state) == ["created"], "what is malformed is not stored")
    }
  }

  /// A state in which alice holds 100 and has set 10 aside for ten seconds at time 1000 s.
  private func stateWithHold() throws -> LedgerState {
    var state = LedgerState()
    _ = try apply([.posted(id(1), from: account("world"), to: account("alice"), ducats(100))], at: 1, to: &state)
    _ = try apply(
      [.pending(id(2), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: 10)],
      at: 1_000 * second, to: &state)
    return state
  }

  @Test func `a nanosecond before its time a hold can be posted, at its time it can't, though nobody swept`() throws {
    var early = try stateWithHold()
    #expect(try apply([.post(id(3), id(2))], at: 1_010 * second - 1, to: &early) == ["created"])
    var late = try stateWithHold()
    #expect(try apply([.post(id(3), id(2))], at: 1_010 * second, to: &late) == ["pending_transfer_expired"])
    #expect(try apply([.void(id(4), id(2))], at: 1_010 * second, to: &late) == ["pending_transfer_expired"])
    #expect(late.openHolds.count == 1)
  }

  @Test func `a sweep releases holds in the order of their times, and each leaves an entry`() throws {
    var state = LedgerState()
    _ = try apply([.posted(id(1), from: account("world"), to: account("alice"), ducats(1_000))], at: 1, to: &state)
    let timeouts: [UInt32] = [7, 3, 9, 1, 5, 3, 8, 2]
    for (index, timeout) in timeouts.enumerated() {
      let hold = LedgerEvent.pending(
        id(UInt64(10 + index)), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: timeout)
      #expect(try apply([hold], at: second, to: &state) == ["created"])
    }
    var changes = LedgerChanges()
    #expect(try state.sweep(now: 7 * second, changes: &changes) == 5)
    #expect(changes.entries.compactMap { $0.entry.pendingID?.low }.map { $0 & 0xFF } == [13, 17, 11, 15, 14])
    #expect(changes.entries.allSatisfy { $0.entry.isExpiry })
    let taken = changes.entries.map { LedgerEvent.posted($0.entry.id, from: account("a"), to: account("b"), ducats(1)) }
    #expect(try apply([taken[0]], at: 1, to: &state) == ["invalid_id"])
    #expect(Set(changes.closed).count == 5)
    #expect(try state.sweep(now: 7 * second, changes: &changes) == 0)
    #expect(state.accounts.values.first { $0.name == account("alice") }?.balances.pending == 30)
  }

  @Test func `a sweep is limited, the rest follows`() throws {
    var limits = LedgerLimits()
    limits.expiriesPerSweep = 2
    var state = LedgerState(limits: limits)
    _ = try apply([.posted(id(1), from: account("world"), to: account("alice"), ducats(1_000))], at: 1, to: &state)
    for index in UInt64(0)..<5 {
      let hold = LedgerEvent.pending(
        id(10 + index), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: 1)
      _ = try apply([hold], at: second, to: &state)
    }
    var changes = LedgerChanges()
    #expect(try (0..<4).map { _ in try state.sweep(now: 9 * second, changes: &changes) } == [2, 2, 1, 0])
  }

  @Test func `what is due on an account is released before it is asked, however much more is due elsewhere`() throws {
    var limits = LedgerLimits()
    limits.expiriesPerSweep = 2
    var state = LedgerState(limits: limits)
    for (number, name) in ["alice", "zoe"].enumerated() {
      let funds = LedgerEvent.posted(
        id(UInt64(number)), from: account("world"), to: account(name), ducats(100))
      #expect(try apply([funds], at: 1, to: &state) == ["created"])
    }
    // Alice's ten are due first, all of Zoe's money is held after them.
    for index in UInt64(0)..<20 {
      let hold = LedgerEvent.pending(
        id(10 + index), from: account(index < 10 ? "alice" : "zoe"), to: account("bob"), ducats(10),
        timeoutSeconds: index < 10 ? 1 : 2)
      #expect(try apply([hold], at: second, to: &state) == ["created"])
    }
    var changes = LedgerChanges()
    #expect(try state.sweep(now: 9 * second, changes: &changes) == 2)
    let payment = LedgerEvent.posted(id(50), from: account("zoe"), to: account("carol"), ducats(100))
    let submission = Submission([.event(payment)], authority: .operator)
    #expect(try state.apply(submission, now: 9 * second, changes: &changes).outcomes == ["created"])
    #expect(state.openHolds.values.allSatisfy { $0.from == account("alice") })
    #expect(state.openHolds.count == 8)
    // The others keep their place, and nothing is released twice.
    #expect(try (0..<5).map { _ in try state.sweep(now: 9 * second, changes: &changes) } == [2, 2, 2, 2, 0])
    #expect(state.openHolds.isEmpty && Set(changes.closed).count == 20 && changes.closed.count == 20)
    #expect(state.accounts.values.allSatisfy { $0.totals.debitsPending == 0 && $0.totals.creditsPending == 0 })
  }

  @Test func `a long chain finds its own events as a short one does`() throws {
    var state = LedgerState()
    var chain = [LedgerEvent.posted(id(0), from: account("world"), to: account("alice"), ducats(1_000))]
    for index in UInt64(1)...40 {
      chain.append(.pending(id(index), from: account("alice"), to: account("bob"), ducats(1)))
    }
    for index in UInt64(1)...40 { chain.append(.post(id(100 + index), id(index))) }
    let count = chain.count
    for index in chain.indices { chain[index].isLinked = index < count - 1 }
    var twice = chain
    twice[count - 1].isLinked = true
    twice += chain
    #expect(
      try apply(twice, at: second, to: &state)
        == Array(repeating: "created", count: count) + Array(repeating: "exists", count: count))
    var again = LedgerEvent.void(id(200), id(17))
    #expect(try apply([again], at: second, to: &state) == ["pending_transfer_already_posted"])
    again = .void(id(201), id(0))
    #expect(try apply([again], at: second, to: &state) == ["pending_transfer_not_pending"])
  }

  @Test func `limits refuse what is too much`() throws {
    var limits = LedgerLimits()
    limits.events = 1
    limits.openHolds = 1
    limits.textBytes = 3
    var state = LedgerState(limits: limits)
    let first = LedgerEvent.pending(id(1), from: account("world"), to: account("alice"), ducats(1))
    let second = LedgerEvent.pending(id(2), from: account("world"), to: account("alice"), ducats(1))
    #expect(try apply([first, second], at: 1, to: &state) == ["too_many_events", "too_many_events"])
    #expect(try apply([first], at: 1, to: &state) == ["created"])
    #expect(try apply([second], at: 1, to: &state) == ["too_many_open_holds"])
    var long = second
    long.reference = "four"
    #expect(try apply([long], at: 1, to: &state) == ["invalid_reference"])
    long.reference = ""
    long.code = "four"
    #expect(try apply([long], at: 1, to: &state) == ["invalid_code"])
  }

  @Test func `every refusal has one name of small letters, and the remembered ones are those of state`() {
    let names = RefusalReason.allCases.map(\.rawValue)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.allSatisfy { $0 == "_" || ("a"..."z").contains($0) } })
    for reason in RefusalReason.allCases where reason.rawValue.hasPrefix("invalid_") { #expect(!reason.isRemembered) }
    for reason in RefusalReason.allCases where reason.rawValue.hasPrefix("exists_") { #expect(!reason.isRemembered) }
  }

  @Test func `ledger time starts after the last entry and goes with the time since boot only`() {
    let time = ManualTime(wall: 1_000)
    let clock = LedgerClock(time.source, after: 5_000)
    #expect(clock.now == 5_001)
    time.jump(seconds: 86_400)
    #expect(clock.now == 5_001)
    time.advance(seconds: 1)
    #expect(clock.now == 5_001 + second)
    #expect(LedgerClock(time.source, after: 0).now == time.now)
  }

  @Test func `a checkpoint reads itself back and is due by count or by time`() throws {
    let head = LedgerHead(sequence: 7, timestamp: 100, hash: [UInt8](repeating: 9, count: 32))
    let checkpoint = Checkpoint(ledger: "l", head: head)
    #expect(Checkpoint(json: checkpoint.json) == checkpoint)
    #expect(Checkpoint(json: ["ledger": "l", "size": 7, "head": "00", "ts": 1]) == nil)
    let log = RecordHead(log: "b/0", sequence: 3, hash: [UInt8](repeating: 7, count: 32), count: 3)
    var other = log
    other.log = "a/1"
    let both = Checkpoint(ledger: "l", head: head, records: [log, other])
    #expect(both.records?.map(\.log) == ["a/1", "b/0"])
    #expect(Checkpoint(json: both.json) == both && Checkpoint(json: both.json) != checkpoint)
    // One of an earlier version stays what it is.
    var earlier = checkpoint.json.object ?? JSON.Object()
    (earlier["recorded_from"], earlier["records"]) = (nil, nil)
    #expect(Checkpoint(json: .object(earlier))?.json == .object(earlier))
    for records in [JSON.array([log.json, other.json]), .array([log.json, log.json]), .array([1]), 1, .null] {
      earlier["records"] = records
      #expect(Checkpoint(json: .object(earlier)) == nil, "\(records.text)")
    }
    struct Signer: CheckpointSigner {
      func sign(_ payload: [UInt8], type: String) -> String { "\(type) \(payload.count)" }
    }
    #expect(try checkpoint.signed(by: Signer()).hasPrefix("cascade-checkpoint+jwt "))
    var schedule = CheckpointSchedule()
    (schedule.entries, schedule.interval) = (10, 1_000)
    #expect(!schedule.isDue(after: head, at: head, now: 5_000))
    let later = LedgerHead(sequence: 8, timestamp: 200)
    #expect(!schedule.isDue(after: head, at: later, now: 1_099))
    #expect(schedule.isDue(after: head, at: later, now: 1_100))
    #expect(schedule.isDue(after: head, at: LedgerHead(sequence: 17, timestamp: 200), now: 101))
  }
}
