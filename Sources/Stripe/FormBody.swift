internal import Outbound

/// A body or query of type `application/x-www-form-urlencoded`; fields keep their order.
struct FormBody: Sendable, Equatable {
  private(set) var text = ""

  /// A form with these fields.
  init(_ fields: [(name: String, value: String)] = []) {
    for field in fields { add(field.name, field.value) }
  }

  /// Adds a field; a nested one is named `metadata[key]`, an element of a list `expand[]`. O(bytes).
  mutating func add(_ name: String, _ value: String) {
    if !text.isEmpty { text += "&" }
    text += PercentEncoding.text(name) + "=" + PercentEncoding.text(value)
  }
}
