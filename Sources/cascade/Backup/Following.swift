import ArgumentParser
import Core
import Platform
import Synchronization
import UnixSignals

/// Follows a host from a backup of it, until a signal ends that or the source does.
struct Following: Sendable {
  /// The data directory that is read.
  let data: String
  /// The backup's folder, which is written.
  let folder: String

  /// How often it ships.
  private static let interval = Duration.seconds(1)
  /// How often in a row it may be impossible to read the source, before that is the end.
  private static let patience = 10
  /// How often it says up to where it is, where that changes.
  private static let telling = Duration.seconds(60)
  private static let glance = Duration.milliseconds(50)

  /// Where the data are as they arrived, while it runs.
  private var copy: String { folder + "/arrived" }

  /// Takes the folder for itself. Throws when somebody else follows into it.
  func lock() throws -> FileLock {
    guard let lock = try FileLock(folder + "/follow.lock") else {
      throw ReadingError(message: "another backup follows into \(folder)")
    }
    CopiedFile.removeAll(copy)
    return lock
  }

  /// The data as a restore makes them now, to be gone on with. Throws a finding when the backup is damaged.
  func resume(_ manifest: BackupManifest) async throws -> Restoring.Restored {
    try await Restoring.restore(manifest, from: folder, into: copy)
  }

  /// Takes `trial`, which was restored from the backup, as the data that have arrived.
  func begin(with trial: String) throws(FileError) { try File.rename(trial, to: copy) }

  /// Ships until SIGTERM or SIGINT. Gives up to where, with what a verification of all that arrived found. Throws a
  /// finding when the source is gone or isn't what it was, with up to where the backup is.
  func run(from end: ShipmentJournal.End, _ sealed: SealedKeys?) async throws -> String {
    defer { CopiedFile.removeAll(copy) }
    let isEnding = Flag()
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    return try await withThrowingTaskGroup(of: String?.self) { group in
      group.addTask {
        for await _ in signals {
          isEnding.set()
          break
        }
        return nil
      }
      group.addTask { try await ship(from: end, sealed, isEnding) }
      defer { group.cancelAll() }
      while let next = try await group.next() { if let next { return next } }
      return ""
    }
  }

  private func ship(from end: ShipmentJournal.End, _ sealed: SealedKeys?, _ isEnding: Flag) async throws -> String {
    var backup = try FollowedBackup(of: data, in: folder, copy: copy, end: end, sealed: sealed)
    defer { backup.close() }
    var failures = 0
    var told: (size: Int64, at: ContinuousClock.Instant) = (-1, .now - Self.telling)
    while true {
      let isLast = isEnding.isSet
      let next = ContinuousClock.now + Self.interval
      do {
        try backup.ship()
        failures = 0
      } catch let error as FollowedBackup.Unreadable where failures < Self.patience && !isLast {
        failures += 1
        Output.note("\(error); trying again")
      } catch {
        throw Restoring.Finding(description: "\(error). \(folder) has everything up to \(backup.end.text)")
      }
      if backup.end.size != told.size, told.at + Self.telling <= .now {
        Output.note("\(folder) is at \(backup.end.text)")
        told = (backup.end.size, .now)
      }
      if isLast { break }
      while !isEnding.isSet, .now < next { try await Task.sleep(for: Self.glance) }
    }
    let arrived = DataVerification(data: copy)
    do {
      try await arrived.cutUnfinished()
      return "\(try await arrived.verify().text), up to \(KeyListing.instant(backup.end.milliseconds))"
    } catch {
      throw Restoring.Finding(description: "what arrived in \(folder) doesn't verify: \(error)")
    }
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }
}
