import Core
import Governance

/// Tells that what a command works on isn't what holders signed.
enum UnsignedNote {
  /// Notes on standard error when the host of a data directory is governed and decides by another rulebook than
  /// the one of `digest`. Says nothing where no host is, or none is governed.
  static func say(_ digest: String, data: String = DataOptions.usual) async {
    guard LedgerLocation.isThere(data) else { return }
    do {
      guard let state = try await DataOptions.governance(in: data), state.isEnforced, state.effective.digest != digest
      else { return }
      Output.note(
        "note: these rules are unsigned; the host of \(data) decides by \(state.effective.digest), which holders signed"
      )
    } catch {
      Output.note("note: whether these rules are signed can't be told: \(error)")
    }
  }
}
