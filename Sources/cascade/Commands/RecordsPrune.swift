import ArgumentParser
import Core
import Decisions
import Glibc
import Ledger
import Outbound
import Platform
import StoreSQLite

/// `cascade records prune`: removes old records.
struct RecordsPrune: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Removes full segments of records that were all made before a time.",
    discussion: """
      Each segment that goes leaves an anchor in the ledger, so the chain of records is followed over the hole and a \
      copy of the segment can be recognised later. Records of decisions with effects stay. Done by the host that runs \
      on the data, else without one. Exits with 2 when a damaged segment stays.
      """)

  @OptionGroup var host: RunningHost
  @Option(help: "Removes what was made before this UTC time: 2026-11-29, 2026-11-29T15:04, or milliseconds since 1970.")
  var before: String?
  @Option(help: "Keeps what is no older than this: 90d, 36h.") var keep: String?

  func validate() throws { _ = try milliseconds(now: WallClock.milliseconds()) }

  func run() async throws {
    let before = try milliseconds(now: WallClock.milliseconds())
    let data = host.data.data
    guard try host.data.hasLedger() else {
      Output.note("error: there is no ledger in \(data)/ledger; --data names the directory that a host keeps")
      throw ExitCode.couldNotStart
    }
    try host.data.actAsOwner()
    var lock: FileLock?
    // Of a shared ledger the hosts prune their own records.
    let isShared = try host.data.sharedAddress() != nil
    do throws(FileError) { if !isShared { lock = try FileLock(data + "/lock") } } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    let answer: JSON
    if let lock {
      answer = try await prune(data, before: before)
      withExtendedLifetime(lock) {}
    } else {
      answer = try await ask(before)
    }
    Output.write(answer)
    for problem in answer["problems"]?.array ?? [] { Output.note("error: \(problem.string ?? problem.text)") }
    if answer["problems"]?.array?.isEmpty == false { throw ExitCode.no }
  }

  /// Has the host do it, a part at a time.
  private func ask(_ before: Int64) async throws -> JSON {
    var (segments, records, problems) = (Int64(0), Int64(0), [JSON]())
    while true {
      let part = try await host.ask(
        .post, "/v1/records/prune", asOperator: true, body: ["before": .integer(before)], bytes: 16 << 20)
      segments += part["segments"]?.integer ?? 0
      records += part["records"]?.integer ?? 0
      problems = part["problems"]?.array ?? []
      if part["unfinished"]?.bool != true { break }
    }
    return Self.answer(segments, records, problems)
  }

  private static func answer(_ segments: Int64, _ records: Int64, _ problems: [JSON]) -> JSON {
    ["segments": .integer(segments), "records": .integer(records), "problems": .array(problems)]
  }

  private func prune(_ data: String, before: Int64) async throws -> JSON {
    do {
      try DataMark.check(.ledger, in: data)
      let ledger = try SQLiteLedgerStore(directory: DataDirectory.ledger(in: data))
      let pruning = RecordPruning(
        directory: DataDirectory.records(in: data), ledger: ledger, requester: "local:\(getuid())")
      var (segments, records, problems) = (Int64(0), Int64(0), [String]())
      do {
        var pruned: PrunedRecords
        repeat {
          pruned = try await pruning.prune(before: before)
          segments += Int64(pruned.anchors.count)
          records += pruned.records
          problems = pruned.problems
        } while pruned.isUnfinished
      } catch {
        await ledger.close()
        throw error
      }
      await ledger.close()
      try host.data.note(
        "pruneRecords", ("before", String(before)), ("segments", String(segments)), ("records", String(records)))
      return Self.answer(segments, records, problems.map { .string($0) })
    } catch let error as StoreError {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// Before which time records go, milliseconds since 1970.
  private func milliseconds(now: Int64) throws -> Int64 {
    switch (before, keep) {
    case (let before?, nil):
      guard let time = MinuteText.milliseconds(before), time >= 0 else {
        throw ValidationError("--before is a time such as 2026-11-29T15:04, not '\(before)'")
      }
      if time > now { throw ValidationError("--before is a time that is over, and \(before) is not") }
      return time
    case (nil, let keep?):
      guard let age = AgeText.milliseconds(keep) else {
        throw ValidationError("--keep is \(AgeText.form), not '\(keep)'")
      }
      return max(now - age, 0)
    default: throw ValidationError("one of --before and --keep")
    }
  }
}
