import Core
import Decisions
import Glibc
import Governance
import Ledger
import Platform
import StoreSQLite
import Tokens

/// What `cascade doctor` finds in a data directory.
struct DataFolder: Sendable {
  /// Where it is, or will be.
  let path: String
  private let isThere: Bool
  /// Whether a host runs on it.
  let hasHost: Bool

  /// The directory at `path`. As root, it is looked at as its owner does.
  init(_ path: String) {
    self.path = path
    isThere = File.exists(path)
    try? DataDirectory.actAsOwner(of: path)
    guard File.exists(path + "/lock") else {
      hasHost = false
      return
    }
    do throws(FileError) { hasHost = try FileLock(path + "/lock") == nil } catch { hasHost = false }
  }

  /// The clock beside what the last host saw.
  var clock: Finding {
    let now = Instant.now.text
    guard let mark = try? DataMark.read(in: path), let seen = mark.clock, let reading = try? ClockReading.now(),
      let days = seen.jump(to: reading)
    else { return .good("clock", now) }
    return .bad(
      "clock", "\(now) is \(abs(days)) days \(days > 0 ? "ahead of" : "behind") what the last host on \(path) saw",
      "set it, or start once with --accept-clock")
  }

  /// Whether whoever asks may use everything in it, and nobody else may.
  var permissions: Finding {
    guard isThere else { return .good("permissions", "\(path) will be made by the first host") }
    do throws(FileError) {
      guard try FileSignature(path).isDirectory else {
        return .bad("permissions", "\(path) is no directory", "name another by --data")
      }
      for part in [""] + DataPart.allCases.map({ "/" + $0.path }) where File.exists(path + part) {
        if access(path + part, R_OK | W_OK) != 0 {
          let reason = FileError("use", path + part).reason
          return .bad("permissions", "\(path + part): \(reason)", "let it belong to the user of the host (chown)")
        }
        if try FileSignature(path + part).isOpenToOthers {
          return .bad(
            "permissions", "\(path + part) can be read or written by others",
            "take their rights (chmod -R go= \(path)); if there were secrets in it, rotate the keys")
        }
      }
      return .good("permissions", "\(path) is its owner's alone")
    } catch {
      return .bad("permissions", error.description, "let it belong to the user of the host (chown)")
    }
  }

  /// Whether what an earlier host kept is there, and the ledger reaches its newest checkpoint.
  var store: Finding {
    get async {
      guard isThere else { return .good("store", "there is none yet") }
      do {
        let found = Set(DataPart.allCases.filter { $0.isThere(in: path) })
        let missing = DataMark.expected(try DataMark.read(in: path), found: found).subtracting(found)
        if let part = DataPart.allCases.first(where: missing.contains) { throw part.loss(in: path) }
        guard LedgerLocation.isThere(path) else { return .good("store", "there is no ledger in \(path) yet") }
        return try await LedgerLocation.reading(path) { try await standing(of: $0) }
      } catch let error as StoreError {
        return .bad("store", error.message, "`cascade ledger verify --data \(path)` looks at all of it")
      } catch {
        return .bad("store", "\(error)", "`cascade ledger verify --data \(path)` looks at all of it")
      }
    }
  }

  private func standing(of ledger: some LedgerReading) async throws -> Finding {
    let book = CheckpointBook(directory: DataDirectory.checkpoints(in: path))
    let signers = File.exists(path + "/keys") ? try CheckpointKeys(KeyDirectory(data: path)).keys() : nil
    let findings = try book.newest(signedBy: signers)
    if let damaged = findings.damaged.first {
      return .bad("store", "\(damaged.path) is damaged: \(damaged.reason)", "put back its copy, or remove it")
    }
    let last = try await ledger.head().sequence
    guard let newest = findings.newest else {
      return .good("store", "the ledger has \(last) entries, and no checkpoint shows more")
    }
    let checkpoint = newest.checkpoint.checkpoint
    let standing = try await checkpoint.standing(of: ledger)
    guard let left = standing.last else {
      return .good("store", "the ledger has \(last) entries, and \(newest.path) shows \(checkpoint.size) of them")
    }
    return .bad(
      "store", HostData.text(standing, checkpoint, newest.path, path),
      "put back the newest copy of \(path)/ledger, with every file in it, or go on without them by "
        + "--accept-loss \(left)")
  }

  /// Whether the host can sign, and knows what was revoked.
  var keys: Finding {
    guard File.exists(path + "/keys") else { return .good("keys", "the first host will make them") }
    do throws(TokenError) {
      let directory = try KeyDirectory(data: path)
      let now = WallClock.milliseconds()
      guard let ring = try directory.ring.reading(now: now) else {
        return .good("keys", "the first host will make them")
      }
      _ = try directory.read(.revoked)
      return .good("keys", "\(ring.entries.count) keys, which only their owner may read")
    } catch {
      return .bad("keys", error.reason, "put back a copy of \(path)/keys, or mend what may be read")
    }
  }
}
