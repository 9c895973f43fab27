internal import Core
internal import Decisions
internal import Ledger

extension Payments {
  /// The input of `payment.reverse` as it is asked under `key`: `input`, each posting with `"closed":true` whose money
  /// can't be taken back from where it went, as that account is closed.
  ///
  /// What was asked under this key before is asked again word for word, whatever has become of the accounts: what was
  /// decided is then answered, not decided twice. O(postings).
  func reversalInput(_ input: JSON, key: Identifier) async throws(PaymentError) -> JSON {
    do throws(StoreError) {
      if let asked = try await ports.ledger.record(key).flatMap({ RecordedDecision(bytes: $0) }) { return asked.input }
      guard var object = input.object, let postings = input["postings"]?.array else { return input }
      var marked: [JSON] = []
      for posting in postings { marked.append(try await markingClosed(posting)) }
      object["postings"] = .array(marked)
      return .object(object)
    } catch {
      throw .unavailable("the accounts of the settlement can't be read: \(error)")
    }
  }

  private func markingClosed(_ posting: JSON) async throws(StoreError) -> JSON {
    guard var object = posting.object, let payer = posting["to"]?.string.flatMap({ AccountName($0) }),
      try await ports.ledger.account(payer)?.isClosed == true
    else { return posting }
    object.append("closed", true)
    return .object(object)
  }
}
