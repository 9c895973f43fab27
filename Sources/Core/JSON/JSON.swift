/// A JSON value. Members keep their order; integers are exact to 64 bits.
///
/// The host uses it for its own reading and writing; the path of a decision never builds one.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number written without fraction or exponent that fits 64 bits.
  case integer(Int64)
  /// Any other number, as a finite double.
  case double(Double)
  case string(String)
  case array([JSON])
  case object(Object)

  /// The members of an object in the order they were written; names are unique, byte for byte.
  package struct Object: Sendable, Equatable {
    package private(set) var members: [(name: String, value: JSON)] = []

    package init() {}

    /// An object with these members. If a name repeats, the later value replaces the earlier, in its place.
    package init(_ members: [(name: String, value: JSON)]) {
      for member in members { self[member.name] = member.value }
    }

    /// The value of the member whose name has exactly these bytes, nil when absent. O(members).
    package subscript(name: String) -> JSON? {
      get { members.first { $0.name.isSame(as: name) }?.value }
      set {
        let index = members.firstIndex { $0.name.isSame(as: name) }
        switch (index, newValue) {
        case (let index?, let value?): members[index].value = value
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append((name, value))
        case (nil, nil): break
        }
      }
    }

    /// Adds a member whose name is known to be new. O(1).
    package mutating func append(_ name: String, _ value: JSON) {
      members.append((name, value))
    }

    /// Equal when names, by their bytes, values and order are.
    package static func == (left: Object, right: Object) -> Bool {
      left.members.elementsEqual(right.members) { $0.name.isSame(as: $1.name) && $0.value == $1.value }
    }
  }
}

extension JSON {
  /// Whether both are one value: texts by their bytes, members in one order; `1` and `1.0` are two values.
  package static func == (left: JSON, right: JSON) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.double(let left), .double(let right)): left == right
    case (.string(let left), .string(let right)): left.isSame(as: right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }

  /// The value of an object's member; nil when absent or when this is no object. O(members).
  package subscript(name: String) -> JSON? {
    if case .object(let object) = self { object[name] } else { nil }
  }

  /// The text of a string; nil for any other value.
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The value of an integer; nil for any other value.
  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The value of true or false; nil for any other value.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array; nil for any other value.
  package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  /// The members of an object; nil for any other value.
  package var object: Object? { if case .object(let value) = self { value } else { nil } }
  /// The value of any number, rounded to a double.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Object(elements.map { (name: $0.0, value: $0.1) }))
  }
}
