internal import Core
internal import LuaRuntime
internal import Rulebook

/// Decisions on their way from a lane to the writer: their bytes as the lane had them, not yet put into a record.
struct RecordBatch: Sendable {
  struct Item: Sendable {
    var record: RecordedDecision
    var calls: [(call: Int, arguments: [UInt8], answer: HostAnswer)]
    var isEnveloped: Bool
    var inputCount: Int
    var resultCount: Int
  }

  /// Input and result of each item, one after the other.
  private(set) var bytes: [UInt8] = []
  private(set) var items: [Item] = []

  var isEmpty: Bool { items.isEmpty }
  /// About what it weighs in memory.
  var weight: Int { bytes.count + 256 * items.count }

  mutating func append(_ item: Item, input: UnsafeRawBufferPointer, result: UnsafeRawBufferPointer?) {
    var item = item
    item.inputCount = input.count
    item.resultCount = result?.count ?? 0
    bytes.append(contentsOf: input)
    if let result { bytes.append(contentsOf: result) }
    items.append(item)
  }

  /// A record that is whole already.
  init(_ record: RecordedDecision) {
    items = [Item(record: record, calls: [], isEnveloped: false, inputCount: -1, resultCount: -1)]
    bytes = []
  }

  init() {}

  /// The records, as they are kept. O(bytes).
  func records() -> [(id: Identifier, bytes: [UInt8])] {
    var place = 0
    return items.map { item in
      var record = item.record
      if item.inputCount < 0 { return (record.id, record.json.bytes) }
      let input = bytes[place..<place + item.inputCount]
      let result = bytes[place + item.inputCount..<place + item.inputCount + item.resultCount]
      place += item.inputCount + item.resultCount
      Self.keep(input, isEnveloped: item.isEnveloped, in: &record)
      if record.failure == nil { record.result = Self.json(result) ?? .null }
      record.calls = item.calls.compactMap { call in
        let name = HostCallName(number: call.call)?.rawValue ?? "?"
        return RecordedCall(call: name, arguments: RecordedCall.kept(call.arguments), answer: call.answer)
      }
      return (record.id, record.json.bytes)
    }
  }

  /// What holds no input, as what was sent for a refused decision may, is kept as text.
  private static func keep(_ bytes: ArraySlice<UInt8>, isEnveloped: Bool, in record: inout RecordedDecision) {
    let sent = json(bytes)
    if isEnveloped, sent?.object?.members.count == 1, let input = sent?["input"] {
      record.input = input
    } else if !isEnveloped, let sent {
      record.input = sent
    } else {
      record.input = .string(String(decoding: bytes, as: UTF8.self))
      record.unread = isEnveloped ? .body : .line
    }
  }

  private static func json(_ bytes: ArraySlice<UInt8>) -> JSON? {
    try? JSON(parsing: bytes, limits: RecordLimits.parsing)
  }
}
