internal import CLuaBridge
internal import Core

extension clb_bytes {
  /// A copy as text; what isn't UTF-8 is repaired.
  var text: String { unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self) }
}

extension SchemaNode {
  /// What the machine is given as ``text``: a pattern ends where the text does.
  var bridgedText: String { text.map { kind == .string ? $0 + "$" : $0 } ?? "" }

  func bridged(name: clb_bytes, text: clb_bytes, defaultJSON: clb_bytes) -> clb_schema_node {
    unsafe clb_schema_node(
      type: kind.bridged, optional: isOptional, has_minimum: minimum != nil, has_maximum: maximum != nil,
      minimum: minimum ?? 0, maximum: maximum ?? 0, least: least ?? .min, most: most ?? .max, text: text, name: name,
      default_json: defaultJSON,
      first_child: UInt32(children.lowerBound), child_count: UInt32(children.count))
  }
}

extension SchemaNode.Kind {
  var bridged: clb_type {
    switch self {
    case .any: CLB_TYPE_ANY
    case .string: CLB_TYPE_STRING
    case .integer: CLB_TYPE_INTEGER
    case .number: CLB_TYPE_NUMBER
    case .boolean: CLB_TYPE_BOOLEAN
    case .amount: CLB_TYPE_AMOUNT
    case .account: CLB_TYPE_ACCOUNT
    case .options: CLB_TYPE_ENUM
    case .list: CLB_TYPE_LIST
    case .record: CLB_TYPE_RECORD
    case .decimal: CLB_TYPE_DECIMAL
    case .date: CLB_TYPE_DATE
    case .timestamp: CLB_TYPE_TIMESTAMP
    case .map: CLB_TYPE_MAP
    case .numbers: CLB_TYPE_NUMBERS
    case .anyOf: CLB_TYPE_ANY_OF
    }
  }
}

extension SchemaNode.Kind {
  /// Whether `text` has the form of a decimal, a date or a timestamp, as a machine tells it of input and output; any
  /// text has that of another kind. O(bytes).
  package func isForm(of text: String) -> Bool {
    unsafe withBridged(Array(text.utf8)) { unsafe clb_has_form(bridged, $0) }
  }
}

/// Lends an array's bytes to C for the length of `body`.
func withBridged<Result>(_ bytes: [UInt8], _ body: (clb_bytes) -> Result) -> Result {
  unsafe bytes.withUnsafeBufferPointer { buffer in
    unsafe body(clb_bytes(bytes: buffer.baseAddress, count: buffer.count))
  }
}

/// Lends texts to C for the length of `body`, in their order. O(bytes).
func withBridgedStrings<Result>(_ texts: [String], _ body: (UnsafeBufferPointer<clb_bytes>) -> Result) -> Result {
  var joined: [UInt8] = []
  var lengths: [Int] = []
  for text in texts {
    let before = joined.count
    joined.append(contentsOf: text.utf8)
    lengths.append(joined.count - before)
  }
  // An empty array has no stable base address; pad it by one byte.
  joined.append(0)
  return unsafe joined.withUnsafeBufferPointer { buffer in
    var offset = 0
    var parts: [clb_bytes] = unsafe []
    for length in lengths {
      unsafe parts.append(clb_bytes(bytes: buffer.baseAddress.map { unsafe $0 + offset }, count: length))
      offset += length
    }
    return unsafe parts.withUnsafeBufferPointer(body)
  }
}
