internal import Core
package import Ledger

/// A loss of data that an operator accepted, so that a host goes on without it.
package struct AcceptedLoss: Sendable, Equatable {
  /// The part of the data that was lost.
  package var part: DataPart
  /// The last entry or record that is left; nil where nothing is counted.
  package var from: Int64?
  /// The last one that was known; nil as above.
  package var through: Int64?
  /// The name of the ledger that they were in; nil for other parts.
  package var ledger: String?
  /// When it was accepted, milliseconds since 1970.
  package var milliseconds: Int64

  /// The loss of `part`, accepted at `milliseconds`.
  package init(
    _ part: DataPart, from: Int64? = nil, through: Int64? = nil, ledger: String? = nil, milliseconds: Int64
  ) {
    self.part = part
    self.from = from
    self.through = through
    self.ledger = ledger
    self.milliseconds = milliseconds
  }

  /// Whether a checkpoint shows what was lost by this.
  package func explains(_ checkpoint: Checkpoint) -> Bool {
    guard part == .ledger, ledger == checkpoint.ledger, let from, let through else { return false }
    return checkpoint.size > from && checkpoint.size <= through
  }

  /// `{"part","from","through","ledger","at"}` without what is nil.
  var json: JSON {
    var object = JSON.Object([("part", .string(part.rawValue))])
    if let from { object.append("from", .integer(from)) }
    if let through { object.append("through", .integer(through)) }
    if let ledger { object.append("ledger", .string(ledger)) }
    object.append("at", .integer(milliseconds))
    return .object(object)
  }

  /// Reads ``json`` back; nil when it isn't that.
  init?(json: JSON) {
    guard let part = json["part"]?.string.flatMap(DataPart.init(rawValue:)), let at = json["at"]?.integer
    else { return nil }
    self.init(
      part, from: json["from"]?.integer, through: json["through"]?.integer, ledger: json["ledger"]?.string,
      milliseconds: at)
  }
}
