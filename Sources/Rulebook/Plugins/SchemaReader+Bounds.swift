internal import Core

extension SchemaReader {
  /// The bounds that a field's table sets beside a number's; notes those that its type doesn't have.
  mutating func bounds(of value: ValueSchema, in json: JSON, at path: [String]) -> ValueBounds {
    var bounds = ValueBounds()
    var known: [String] = []
    switch value {
    case .integer, .number: known = ["min", "max"]
    case .amount:
      known = ["min", "max", "asset"]
      bounds = amounts(in: json, at: path)
    case .string:
      known = ["min_length", "max_length", "pattern"]
      (bounds.least, bounds.most) = counts("min_length", "max_length", in: json, at: path)
      bounds.pattern = pattern(in: json, at: path)
    case .list, .map:
      known = ["min_items", "max_items"]
      (bounds.least, bounds.most) = counts("min_items", "max_items", in: json, at: path)
    default: break
    }
    for (key, owners) in Self.owners where json[key] != nil && !known.contains(key) {
      note(path + [key], "'\(key)' is for \(owners) only; take it out")
    }
    return bounds
  }

  private static let owners = [
    ("min", "integers, numbers and amounts"), ("max", "integers, numbers and amounts"), ("asset", "amounts"),
    ("min_length", "strings"), ("max_length", "strings"), ("pattern", "strings"), ("min_items", "lists and maps"),
    ("max_items", "lists and maps"),
  ]

  private mutating func counts(_ low: String, _ high: String, in json: JSON, at path: [String]) -> (Int64?, Int64?) {
    func count(_ key: String) -> Int64? {
      guard let value = json[key] else { return nil }
      if let count = value.integer, count >= 0 { return count }
      note(path + [key], "'\(key)' must be a whole number that isn't negative")
      return nil
    }
    let bounds = (count(low), count(high))
    if let least = bounds.0, let most = bounds.1, least > most {
      note(path + [low], "'\(low)' is over '\(high)'; change one of them")
    }
    return bounds
  }

  private mutating func pattern(in json: JSON, at path: [String]) -> TextPattern? {
    guard let text = text("pattern", in: json, at: path) else { return nil }
    do throws(TextPattern.Problem) {
      return try TextPattern(text)
    } catch {
      note(path + ["pattern"], error.text)
      return nil
    }
  }

  private mutating func amounts(in json: JSON, at path: [String]) -> ValueBounds {
    var bounds = ValueBounds()
    func amount(_ key: String) -> Amount? {
      guard let value = json[key] else { return nil }
      if let amount = Amount(json: value) ?? value.string.flatMap(Amount.init(text:)) { return amount }
      note(path + [key], "'\(key)' of an amount must be an amount: \(key) = \"1.00 USD/2\"")
      return nil
    }
    if let name = text("asset", in: json, at: path) {
      bounds.asset = Asset(name)
      if bounds.asset == nil { note(path + ["asset"], "'asset' must be an asset's name: asset = \"USD/2\"") }
    }
    for key in ["min", "max"] {
      guard let amount = amount(key) else { continue }
      if let asset = bounds.asset, asset != amount.asset {
        note(path + [key], "'\(key)' is in \(amount.asset) and the field in \(asset); give both in one asset")
      }
      bounds.asset = bounds.asset ?? amount.asset
      if key == "min" { bounds.least = amount.minor } else { bounds.most = amount.minor }
    }
    if let least = bounds.least, let most = bounds.most, least > most {
      note(path + ["min"], "'min' is over 'max'; change one of them")
    }
    return bounds
  }
}
