internal import Core
internal import Ledger
internal import StoreConformance
internal import Testing

struct LedgerWireTests {
  private func event(_ text: String) throws -> SubmittedEvent { LedgerWire.event(try JSON(parsing: text)) }

  private let first = id(1).description

  @Test func `a transfer is read from the wire`() throws {
    let parsed = try event(
      """
      {"id":"\(first)","from":"citizen:alice","to":"bob","amount":{"asset":"DUC/2","minor":7},"kind":"pending",
       "timeout_seconds":60,"linked":true,"code":12,"reference":"r","metadata":{"a":"b"}}
      """)
    var expected = LedgerEvent.pending(
      id(1), from: account("citizen:alice"), to: account("bob"), ducats(7), timeoutSeconds: 60)
    (expected.isLinked, expected.code, expected.reference, expected.metadata) = (true, "12", "r", ["a": "b"])
    #expect(parsed == .event(expected))
  }

  @Test(arguments: [0, 1, 9_007_199_254_740_993, Int64.max])
  func `an amount is read from the wire and written to it exactly`(minor: Int64) async throws {
    let store = MemoryLedgerStore(time: ManualTime().source)
    let parsed = try event(
      """
      {"id":"\(first)","from":"world","to":"bob","amount":{"asset":"DUC/2","minor":\(minor)},"kind":"posted"}
      """)
    #expect(parsed == .event(.posted(id(1), from: account("world"), to: account("bob"), ducats(minor))))
    let receipt = try await store.commit(Submission([parsed], authority: .operator)).receipt
    let answer = LedgerWire.results(receipt.results, ids: [first]).text
    #expect(answer.contains(#""bob":{"posted":\#(minor),"pending":0,"available":\#(minor)}"#))
  }

  @Test(arguments: [
    (#""id":"x""#, "invalid_id"), (#""from":"a::b""#, "invalid_from"), (#""to":7"#, "invalid_to"),
    (#""amount":{"asset":"DUC/2","minor":-1}"#, "invalid_amount"),
    (#""amount":{"asset":"DUC/2","minor":1.5}"#, "invalid_amount"),
    (#""amount":{"asset":"DUC/2","minor":9223372036854775808}"#, "invalid_amount"),
    (#""amount":{"asset":"duc","minor":1}"#, "invalid_asset"), (#""amount":5"#, "invalid_amount"),
    (#""kind":"reversal""#, "invalid_kind"), (#""pending_id":"1""#, "invalid_pending_id"),
    (#""timeout_seconds":-1"#, "invalid_timeout_seconds"), (#""linked":"yes""#, "invalid_linked"),
    (#""code":true"#, "invalid_code"), (#""reference":1"#, "invalid_reference"),
    (#""metadata":{"a":1}"#, "invalid_metadata"), (#""memo":"x""#, "unknown_field"),
  ])
  func `a malformed field refuses its event with its reason`(field: String, reason: String) throws {
    var object = try #require(
      try JSON(
        parsing: """
          {"id":"\(first)","from":"alice","to":"bob","amount":{"asset":"DUC/2","minor":1},"kind":"posted"}
          """
      ).object)
    let member = try #require(try JSON(parsing: "{\(field)}").object?.members.first)
    object[member.name] = member.value
    guard case .malformed(let found, _) = LedgerWire.event(.object(object)) else {
      Issue.record("it was taken")
      return
    }
    #expect(found.rawValue == reason)
  }

  @Test func `only a broken body is no list of events`() throws {
    #expect(LedgerWire.events(try JSON(parsing: "[]")) == nil)
    #expect(LedgerWire.events(try JSON(parsing: #"{"events":{}}"#)) == nil)
    #expect(LedgerWire.events(try JSON(parsing: #"{"events":[1,{}]}"#))?.count == 2)
  }

  @Test func `results are dense, in order, and have the caller's ids`() async throws {
    let store = MemoryLedgerStore(time: ManualTime().source)
    let body = try JSON(
      parsing: """
        {"events":[{"id":"\(first)","from":"world","to":"bob","amount":{"asset":"DUC/2","minor":5},"kind":"posted"},
        {"id":"nonsense","kind":"posted"},
        {"id":"\(id(2).description)","from":"bob","to":"world","amount":{"asset":"DUC/2","minor":6},"kind":"posted"}]}
        """)
    let events = try #require(LedgerWire.events(body))
    let receipt = try await store.commit(Submission(events.map(\.event), authority: .operator)).receipt
    #expect(
      LedgerWire.results(receipt.results, ids: events.map(\.id)).text == """
        {"results":[{"id":"\(first)","status":"created","seq":1,"timestamp":1700000000000000000,"balances":\
        {"world":{"posted":-5,"pending":0,"available":-5},"bob":{"posted":5,"pending":0,"available":5}}},\
        {"id":"nonsense","status":"refused","reason":"invalid_id"},\
        {"id":"\(id(2).description)","status":"refused","reason":"exceeds_credits"}]}
        """)
    let json = try #require(LedgerWire.json(await store.accounts(named: [account("bob")])))
    #expect(
      json.text == """
        {"account":"bob","asset":"DUC/2","posted":5,"pending":0,"available":5,"flags":["no_overdraft"],"floor":0}
        """)
    let entry = try #require(await store.entry(id(1)))
    #expect(LedgerWire.json(entry, naming: [], now: 0)["state"] == "posted")
    #expect(LedgerWire.json([]) == nil)
  }

  @Test func `an account change is read from the wire`() throws {
    let body = try JSON(parsing: #"{"floor":-5,"closed":true}"#)
    #expect(
      LedgerWire.accountChange(body, account: account("a"), id: id(1))
        == .event(.account(id(1), account("a"), floor: -5, isClosed: true)))
    let wrong = LedgerWire.accountChange(["floor": "x"], account: account("a"), id: id(1))
    #expect(wrong == .malformed(.invalidFloor, isLinked: false))
  }
}
