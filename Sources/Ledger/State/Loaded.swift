internal import Core

/// Things by their keys, as far as a store has loaded them. A key is in one of three states: it has a value, it is
/// known to have none, or nobody has looked.
package struct Loaded<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// Nil stands for a key that was looked for and has no value.
  private var found: [Key: Value?]
  /// Whether a key that isn't here has no value: all that have one are here.
  package private(set) var isWhole: Bool

  package init() {
    found = [:]
    isWhole = false
  }

  /// Everything there is. O(values).
  package init(whole values: some Sequence<(Key, Value)>) {
    found = Dictionary(values.lazy.map { ($0, .some($1)) }, uniquingKeysWith: { first, _ in first })
    isWhole = true
  }

  /// Whether it is known what `key` has. O(1).
  package func isLoaded(_ key: Key) -> Bool { isWhole || found.index(forKey: key) != nil }

  /// The value of `key`, nil when it has none or wasn't looked for. O(1).
  package subscript(_ key: Key) -> Value? { found[key] ?? nil }

  /// The value of `key`; nil when it has none. Throws what `missing` gives when nobody has looked. O(1).
  func value(_ key: Key, _ missing: @autoclosure () -> NotLoaded) throws(NotLoaded) -> Value? {
    if let value = found[key] { return value }
    if !isWhole { throw missing() }
    return nil
  }

  /// Keeps what `key` has: `value`, or nothing. O(1).
  package mutating func keep(_ value: Value?, of key: Key) {
    if value == nil, isWhole { found[key] = nil } else { found.updateValue(value, forKey: key) }
  }

  /// Changes the value of `key` where it lies; `start` when it has none. O(1) and what `body` does.
  mutating func change(_ key: Key, from start: Value, _ body: (inout Value) -> Void) {
    var value = (found.removeValue(forKey: key) ?? nil) ?? start
    body(&value)
    found.updateValue(value, forKey: key)
  }

  /// From now on a key that isn't here has no value.
  mutating func becomeWhole() { isWhole = true }

  /// Nothing is loaded any more; the room for as much again stays.
  mutating func forget() {
    found.removeAll(keepingCapacity: true)
    isWhole = false
  }

  /// The values that are loaded, in any order. O(keys).
  package var values: [Value] { found.values.compactMap { $0 } }
  /// How many values are loaded. O(keys).
  package var count: Int { isWhole ? found.count : values.count }
  /// Whether no value is loaded. O(keys).
  package var isEmpty: Bool { count == 0 }
}
