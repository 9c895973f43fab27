internal import Core

/// Comma-separated values (RFC 4180): every entry, holds and account changes included.
enum CommaSeparated {
  static let header =
    "sequence,timestamp,kind,id,from,to,asset,minor,pending_id,reverses,chain,timeout_seconds,code,reference,"
    + "decision,metadata,hash\r\n"

  static func line(_ stored: StoredEntry) -> String {
    let entry = stored.entry
    let posting = entry.postings.first
    let pairs = entry.metadata.sorted { $0.key < $1.key }
    let metadata = JSON.object(JSON.Object(pairs.map { (name: $0.key.text, value: .string($0.value)) }))
    let text = CommaSeparatedText.field
    // Figures are no text, and may be negative.
    let fields = [
      String(entry.sequence), String(entry.timestamp), text(LedgerWire.name(of: entry.kind)),
      text(entry.id.description),
      text(posting?.source.text ?? entry.changedAccount?.text ?? ""), text(posting?.destination.text ?? ""),
      text(posting?.amount.asset.name ?? ""), posting.map { String($0.amount.minor) } ?? "",
      text(entry.pendingID?.description ?? ""), text(entry.reverses?.description ?? ""),
      text(entry.chain?.description ?? ""), entry.timeoutSeconds == 0 ? "" : String(entry.timeoutSeconds),
      text(entry.code), text(entry.reference), text(entry.idempotencyKey), text(pairs.isEmpty ? "" : metadata.text),
      text(Hexadecimal.text(stored.hash)),
    ]
    return fields.joined(separator: ",") + "\r\n"
  }
}
