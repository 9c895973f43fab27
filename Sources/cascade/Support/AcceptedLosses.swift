import ArgumentParser
import Decisions

/// The losses of data that `--accept-loss` names: the ledger's by its last sequence, any other by its part.
struct AcceptedLosses: Sendable {
  /// The sequence at which the ledger may end; nil when none may be missing.
  private(set) var sequence: Int64?
  private var parts: Set<DataPart> = []

  /// Reads the values of `option`. Throws a usage error that names both.
  init(_ texts: [String], option: String = "--accept-loss") throws {
    for text in texts {
      if let sequence = Int64(text), sequence >= 0, self.sequence == nil {
        self.sequence = sequence
      } else if let part = DataPart(rawValue: text), part != .ledger {
        parts.insert(part)
      } else {
        let names = DataPart.allCases.filter { $0 != .ledger }.map(\.rawValue).joined(separator: ", ")
        throw ValidationError(
          "\(option) wants the sequence at which the ledger ends, once, or a part (\(names)), got '\(text)'")
      }
    }
  }

  /// Whether all of a part may be missing.
  func covers(_ part: DataPart) -> Bool { part == .ledger ? sequence == 0 : parts.contains(part) }
}
