import Core

/// What `cascade doctor` found of one thing.
struct Finding: Sendable, Equatable {
  /// The thing, in one word.
  var name: String
  /// What was found of it, in a sentence.
  var detail: String
  /// What to do; nil when it is well.
  var advice: String?

  var isGood: Bool { advice == nil }

  /// All is well with `name`.
  static func good(_ name: String, _ detail: String) -> Finding { Finding(name: name, detail: detail, advice: nil) }

  /// Something isn't well with `name`, and `advice` ends it.
  static func bad(_ name: String, _ detail: String, _ advice: String) -> Finding {
    Finding(name: name, detail: detail, advice: advice)
  }

  /// `ok     disk         41 GiB free on .cascade`, or `fault` and `: what to do` behind.
  var text: String {
    let mark = isGood ? "ok    " : "fault "
    let padding = String(repeating: " ", count: max(1, 13 - name.utf8.count))
    return mark + name + padding + detail + (advice.map { ": " + $0 } ?? "")
  }

  /// `{"name","ok","detail","advice"}`; `advice` is null when all is well.
  var json: JSON {
    [
      "name": .string(name), "ok": .bool(isGood), "detail": .string(detail),
      "advice": advice.map { .string($0) } ?? .null,
    ]
  }
}
