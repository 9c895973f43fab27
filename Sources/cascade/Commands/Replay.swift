import ArgumentParser
import Core
import Decisions
import Ledger
import LuaRuntime
import Platform
import Rulebook
import StoreSQLite
import Tokens

/// `cascade replay`: runs recorded decisions again.
struct ReplayDecision: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Runs a recorded decision again, by the rulebook of its time.",
    discussion: """
      Needs neither a host nor the ledger's accounts, and works beside a host. Prints \
      {"verdict":"same","answer":{…},"fuel":…}, the answer in the bytes of that time; another verdict has a reason. \
      With --all, holds the logs against the newest checkpoint in DATA/checkpoints, and the records of decisions with \
      effects against the ledger's entries. Exits with 2 when a decision comes out otherwise, or a record was changed \
      or is missing. Otherwise exits with 1 when one can't be run again, or the files of records have bytes that can't \
      be read.
      """)

  @Argument(help: "The decision's id; of one with effects, its idempotency key.") var id: String?
  @Flag(help: "All records: follows the chain of the log, and runs every decision again.") var all = false
  @OptionGroup var options: DataOptions

  func validate() throws {
    if (id == nil) != all { throw ValidationError("one id, or --all") }
    if let id, Identifier(id) == nil { throw ValidationError("'\(id)' is no decision's id: a UUID") }
  }

  func run() async throws {
    try await options.readingHistory { store, history in
      if let id = id.flatMap({ Identifier($0) }) {
        try await replay(id, history.records(store), RecordedRun(history.archive))
      } else {
        try await replayAll(store, history)
      }
    }
  }

  private func replay(_ id: Identifier, _ records: DecisionRecords, _ run: RecordedRun) async throws {
    guard let bytes = try await Self.reading({ try await records.record(id) }) else {
      throw ReadingError(message: "there is no record \(id) in \(options.data)")
    }
    guard let record = RecordedDecision(bytes: bytes) else {
      Output.note("the record \(id) can't be read")
      throw ExitCode.no
    }
    let replay = await run.replay(record)
    Output.write(json: Self.line(replay))
    switch replay.verdict {
    case .same: break
    case .differs: throw ExitCode.no
    case .impossible: throw ExitCode.couldNotStart
    }
  }

  /// The line `{"verdict","reason","answer"|"error","fuel"}`, with the answer's bytes unchanged.
  private static func line(_ replay: Replay) -> String {
    var members: [String] = []
    switch replay.verdict {
    case .same: members.append(#""verdict":"same""#)
    case .differs(let reason):
      members.append(#""verdict":"differs","reason":\#(JSON.string(reason).text)"#)
    case .impossible(let reason):
      members.append(#""verdict":"impossible","reason":\#(JSON.string(reason).text)"#)
    }
    if let answer = replay.answer { members.append(#""answer":"# + String(decoding: answer, as: UTF8.self)) }
    if let failure = replay.failure { members.append(#""error":"# + failure.json.text) }
    members.append(#""fuel":\#(replay.fuel)"#)
    return "{" + members.joined(separator: ",") + "}"
  }

  private func replayAll(_ store: any LedgerStore, _ history: RecordedHistory) async throws {
    let (run, log) = (RecordedRun(history.archive), history.log)
    let records = history.records(store)
    var (same, impossible, wrong, unknown, before) = (0, 0, 0, 0, Identifier?.none)
    // Verify the chain first: it reveals a change even when the replay gives the same answer.
    let heads = try await Self.reading { try self.newestCheckpoint()?.checkpoint.records ?? [] }
    let isShared = try options.sharedAddress() != nil
    let chain = try await Self.reading {
      // What hosts share is a chain there; a host's own files have only the end of it.
      try isShared ? RecordVerification() : log.verify(against: heads, anchors: try await log.anchors(in: store))
    }
    for damage in chain.damage {
      if damage.isUnreadable { unknown += 1 } else { wrong += 1 }
      Output.writeLine(damage.message)
    }
    // What is wrong with the ledger itself may be with the records that are kept in it.
    let ledger = try await Self.reading { try await store.verify(against: nil) }
    if let problem = ledger.problem {
      wrong += 1
      Output.writeLine("ledger \(problem.sequence): \(problem.message)")
    }
    let stored = try await Self.reading { try await history.stored?.verify(in: store) }
    for fault in stored?.faults ?? [] {
      wrong += 1
      Output.writeLine(fault)
    }
    // The ledger's records come on top.
    var progress = ProgressBar("records", total: Int64(chain.records))
    repeat {
      let page = try await Self.reading { [before] in
        try await records.page(before: before, limit: RecordLimits.pageRecords)
      }
      for json in page.records {
        guard let record = RecordedDecision(json: json) else {
          wrong += 1
          Output.writeLine("the record \(json["id"]?.text ?? "?") can't be read")
          continue
        }
        let replay = await run.replay(record)
        switch replay.verdict {
        case .same: same += 1
        case .differs(let reason):
          wrong += 1
          Output.writeLine("\(record.id) \(record.point): \(reason)")
        case .impossible(let reason):
          impossible += 1
          if !replay.isExpected { unknown += 1 }
          Output.note("\(record.id) \(record.point) can't be run again: \(reason)")
        }
      }
      before = page.next
      progress.advance(to: Int64(same + impossible + wrong))
    } while before != nil
    progress.finish()
    Output.write("\(same) decisions come out the same")
    Output.write(impossible > 0 ? ", \(impossible) can't be run again\n" : "\n")
    if wrong > 0 { throw ExitCode.no }
    if unknown > 0 { throw ExitCode.couldNotStart }
  }

  /// The newest checkpoint of the data directory that holds; nil where none does.
  private func newestCheckpoint() throws -> SignedCheckpoint? {
    let book = CheckpointBook(directory: DataDirectory.checkpoints(in: options.data))
    // Looking creates no key file.
    guard File.exists(options.data + "/keys"),
      let keys = try CheckpointKeys(KeyDirectory(data: options.data)).keys()
    else { return nil }
    let found = try book.newest(signedBy: keys)
    return found.problem == nil ? found.newest?.checkpoint : nil
  }

  /// Runs `body`; turns a failure to read records into the command's error.
  private static func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as StoreError {
      throw ReadingError(message: error.message)
    }
  }
}
