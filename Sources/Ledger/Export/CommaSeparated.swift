internal import Core

/// Comma-separated values (RFC 4180): every entry, holds and account changes included.
enum CommaSeparated {
  static let header =
    "sequence,timestamp,kind,id,from,to,asset,minor,pending_id,reverses,chain,timeout_seconds,code,reference,"
    + "decision,metadata,hash\r\n"

  static func line(_ stored: StoredEntry) -> String {
    let entry = stored.entry
    let posting = entry.postings.first
    let pairs = entry.metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let metadata = JSON.object(JSON.Object(pairs.map { (name: $0.key, value: .string($0.value)) }))
    let fields = [
      String(entry.sequence), String(entry.timestamp), LedgerWire.name(of: entry.kind), entry.id.description,
      posting?.source.text ?? entry.changedAccount?.text ?? "", posting?.destination.text ?? "",
      posting?.amount.asset.name ?? "", posting.map { String($0.amount.minor) } ?? "",
      entry.pendingID?.description ?? "", entry.reverses?.description ?? "", entry.chain?.description ?? "",
      entry.timeoutSeconds == 0 ? "" : String(entry.timeoutSeconds), entry.code, entry.reference,
      entry.idempotencyKey, pairs.isEmpty ? "" : metadata.text, Hexadecimal.text(stored.hash),
    ]
    return fields.map(quoted).joined(separator: ",") + "\r\n"
  }

  private static func quoted(_ field: String) -> String {
    guard field.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return field }
    return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
