package import Core
package import Ledger

/// What became of the logs that hosts have stored, which were held against their hashes, the ledger's anchors and a
/// checkpoint.
package struct StoredVerification: Sendable, Equatable {
  /// Records that are as they were written.
  package var records: Int64 = 0
  /// What isn't, each with its log, for people.
  package var faults: [String] = []
  /// What of the checkpoint can't be told from what is stored, for people.
  package var untold: [String] = []

  /// Nothing was looked at yet.
  package init() {}
}

extension DecisionLog {
  /// Holds every log against its hashes and against the anchors that `ledger` has of what was removed; with the `heads`
  /// of a host's checkpoint, also whether some host's log was that then: a checkpoint calls the logs of its own host
  /// `local/LANE`, whatever they are stored by. O(records).
  package func verify(
    in ledger: some LedgerReading, against heads: [RecordHead] = []
  ) async throws(StoreError) -> StoredVerification {
    var found = StoredVerification()
    var stored: [(name: String, end: LogEnd, anchors: [RecordAnchor])] = []
    for name in try await logs() {
      let anchors = try await anchors(of: name, in: ledger)
      let log = try await verify(name, after: anchors.last)
      found.records += log.records
      if let fault = log.fault { found.faults.append(fault) }
      stored.append((name, try await end(of: name), anchors))
    }
    for head in heads where head.sequence > 0 {
      guard let folder = RecordLogName.folder(ofLog: head.log) else {
        found.faults.append("the checkpoint names the log of records '\(head.log)', which no host has")
        continue
      }
      let lane = "/" + (folder.isEmpty ? head.log : folder)
      var (isThere, isCertain, count) = (false, true, 0)
      for log in stored where log.name.ends(with: lane) {
        count += 1
        if let anchor = log.anchors.first(where: { $0.last >= head.sequence }) {
          // What lies within a piece that was removed can't be told any more.
          if anchor.last == head.sequence { isThere = isThere || anchor.after == head.hash } else { isCertain = false }
        } else if log.end.sequence < head.sequence {
          isCertain = false
        } else {
          let hash = try await hash(of: log.name, at: head.sequence)
          isThere = isThere || hash == head.hash
        }
      }
      if isThere { continue }
      if isCertain, count > 0 {
        found.faults.append("no host's log *\(lane) has the record \(head.sequence) that the checkpoint names")
      } else {
        found.untold.append(
          "whether record \(head.sequence) of \(head.log) is the one that the checkpoint names can't be told: it isn't "
            + "stored yet, or was removed")
      }
    }
    return found
  }
}
