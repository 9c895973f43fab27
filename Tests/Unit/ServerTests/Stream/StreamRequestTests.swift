import Core
import Testing

@testable import Server

/// Cursors, and what a reader may ask for.
struct StreamRequestTests {
  @Test func `a cursor is read back from its text`() {
    for positions in [[:], ["a": 0], ["ledger": 1, "records": UInt64.max], ["ö": 128, "rulebook": 127]]
      as [[String: UInt64]]
    {
      let cursor = StreamCursor(epoch: .max - 1, positions)
      #expect(StreamCursor(cursor.text) == cursor)
    }
  }

  @Test func `what is no cursor is none, and no two texts are the same cursor`() {
    let text = StreamCursor(epoch: 1, ["ledger": 300, "records": 5]).text
    for odd in ["", "x", "AQ", text + "A", text + "=", String(text.dropLast()), String(repeating: "A", count: 5_000)] {
      #expect(StreamCursor(odd) == nil, "\(odd.prefix(80))")
    }
    // Every other byte string that is one says so in its own text.
    var bytes = Base64URL.bytes(text) ?? []
    for place in bytes.indices {
      let before = bytes[place]
      for value in UInt8.min ... .max where value != before {
        bytes[place] = value
        let changed = Base64URL.text(bytes)
        if let cursor = StreamCursor(changed) { #expect(cursor.text == changed) }
      }
      bytes[place] = before
    }
  }

  @Test func `a position is kept by the log's name`() {
    var cursor = StreamCursor(epoch: 1, ["b": 1])
    cursor["a"] = 2
    cursor["c"] = 3
    cursor["b"] = 4
    #expect(cursor == StreamCursor(epoch: 1, ["a": 2, "b": 4, "c": 3]))
    cursor["b"] = nil
    cursor["d"] = nil
    #expect(cursor == StreamCursor(epoch: 1, ["a": 2, "c": 3]))
  }

  @Test(
    arguments: [
      ("decision", nil, nil, "topics"), ("decisions,,ledger", nil, nil, "topics"), ("backtest:", nil, nil, "topics"),
      (nil, "bridge.*", nil, "filter"), (nil, "point:", nil, "filter"), (nil, "point:*.quote", nil, "filter"),
      (nil, nil, "7", "last_event_id"),
    ] as [(String?, String?, String?, String)])
  func `what can't be asked is named`(topics: String?, filter: String?, id: String?, name: String) {
    let problem = #expect(throws: ProblemDocument.self) {
      try StreamRequest(topics: topics, filter: filter, lastID: id, accept: nil, viewer: .operator("one"))
    }
    #expect(problem?.code == .invalidInput)
    #expect(problem?.detail.hasPrefix(name) == true)
  }

  @Test func `topics of operators are theirs`() throws {
    for topic in StreamTopic.plain + [.backtest("1")] {
      func ask(_ viewer: StreamViewer) throws -> StreamRequest {
        try StreamRequest(topics: topic.name, filter: nil, lastID: nil, accept: nil, viewer: viewer)
      }
      #expect(try ask(.operator("one")).topics == [topic])
      if StreamTopic.forCitizens.contains(topic) {
        #expect(try ask(.citizen("Bianca")).topics == [topic])
      } else {
        #expect(#expect(throws: ProblemDocument.self) { try ask(.citizen("Bianca")) }?.code == .forbidden)
      }
    }
    let usual = try StreamRequest(topics: nil, filter: nil, lastID: nil, accept: nil, viewer: .citizen("Bianca"))
    #expect(usual.topics == Set(StreamTopic.forCitizens))
  }

  @Test func `events are written in both forms`() {
    func written(_ form: StreamForm) -> String {
      var out: [UInt8] = []
      form.append("live", "{}".utf8, id: nil, retry: 2_000, to: &out)
      form.append("entry", #"{"id":1}"#.utf8, id: StreamCursor(epoch: 0), to: &out)
      form.appendPing(to: &out)
      return String(decoding: out, as: UTF8.self)
    }
    let id = StreamCursor(epoch: 0).text
    #expect(
      written(.events)
        == "retry: 2000\nevent: live\ndata: {}\n\nid: \(id)\nevent: entry\ndata: {\"id\":1}\n\n: ping\n\n")
    #expect(
      written(.lines)
        == """
        {"event":"live","retry":2000,"data":{}}
        {"event":"entry","id":"\(id)","data":{"id":1}}
        {"event":"ping","data":{}}

        """)
  }

  @Test func `one subject has so many readers, and so has the host`() {
    let hub = StreamReading.hub([]) {
      $0.readers = 3
      $0.readersPerSubject = 2
    }
    #expect(!hub.hasReaders)
    #expect([hub.enter("a"), hub.enter("a"), hub.enter("a")] == [true, true, false])
    #expect([hub.enter("b"), hub.enter("b")] == [true, false])
    hub.leave("a")
    #expect(hub.enter("b"))
    for subject in ["a", "b", "b"] { hub.leave(subject) }
    #expect(!hub.hasReaders)
  }
}
