import Core
import Cryptography
import Decisions
import Governance
import Ledger
import Platform
import StoreSQLite

/// Ships what a host keeps into a backup, again and again, and verifies it on arrival: every shipment is read back,
/// brought into a copy of the data, and the entries that came are held against those before them.
///
/// What destroys the source must not be shipped: a directory without its mark, a ledger that doesn't go on where it
/// ended and a store that can't be read end the work, and the backup stays as it was.
struct FollowedBackup {
  /// The source can't be read now; nothing was shipped.
  struct Unreadable: Error, CustomStringConvertible {
    var description: String
  }

  /// Up to where the backup is.
  private(set) var end: ShipmentJournal.End
  private let data: String
  private let copy: String
  private let journal: ShipmentJournal
  private let ledgerID: String
  private var files: FollowedFiles
  private var databases: [(part: DataPart, follower: DatabaseFollower)]
  private var sealed: SealedKeys?

  /// Of a ledger that commits less than this in a second each commit is kept apart, so that a restore may end at it.
  private static let (mostCommits, mostBytes) = (64, 4 << 20)
  private static let pageRows = 4096

  /// Goes on with the backup in `folder`, whose state at `end` is in the folder `copy`. Throws when that can't be read.
  init(
    of data: String, in folder: String, copy: String, end: ShipmentJournal.End, sealed: SealedKeys?
  ) throws(StoreError) {
    self.data = data
    self.copy = copy
    self.end = end
    self.sealed = sealed
    journal = ShipmentJournal(of: folder)
    ledgerID = try DatabaseFile.ledger(copy + "/" + DataPart.ledger.path).id
    files = FollowedFiles(data: data, copy: copy)
    databases = DataPart.backedUp.filter { $0.copying == .database }.map {
      ($0, DatabaseFollower(data + "/" + $0.path, copy: copy + "/" + $0.path))
    }
  }

  /// Ships what was committed since the last time. Throws ``Unreadable`` when it may be tried again, a
  /// ``Restoring/Finding`` when the source isn't what it was, and what else fails. O(bytes that changed).
  mutating func ship() throws {
    repeat {
      let began = WallClock.milliseconds()
      let (pieces, isCut) = try readOrForget()
      var next = Shipment(
        number: end.number + 1, previous: end.hash, milliseconds: began, size: end.size, head: end.head, pieces: [])
      for piece in pieces { next.pieces.append(try arrived(piece, &next)) }
      if !pieces.isEmpty {
        end.hash = try journal.append(next)
        (end.number, end.size, end.head) = (next.number, next.size, next.head)
      }
      if isCut { continue }
      end.milliseconds = began
      try journal.note(end)
      return
    } while true
  }

  private mutating func readOrForget() throws -> (pieces: [Shipment.Piece], isCut: Bool) {
    do {
      let found = try read()
      try checkSource()
      return found
    } catch {
      // What was read and isn't shipped is read again.
      for database in databases { database.follower.letGo() }
      files = FollowedFiles(data: data, copy: copy)
      try checkSource()
      if error is Restoring.Finding { throw error }
      throw Unreadable(description: "\(error)")
    }
  }

  /// What changed, in the order in which a backup takes the parts.
  private mutating func read() throws -> (pieces: [Shipment.Piece], isCut: Bool) {
    var pieces: [Shipment.Piece] = []
    var isCut = false
    for part in DataPart.backedUp {
      guard let follower = databases.first(where: { $0.part == part })?.follower else {
        pieces += try files.changes(of: part)
        continue
      }
      // Of a store that is new, the whole file is.
      if !part.isThere(in: data) { continue }
      if !part.isThere(in: copy) { try begin(part) }
      let changes = try follower.changes()
      isCut = isCut || changes.isCut
      if changes.commits.isEmpty { continue }
      var commits = changes.commits
      let bytes = commits.reduce(0) { $0 + $1.pages.count * changes.pageBytes }
      if part != .ledger || commits.count > Self.mostCommits || bytes > Self.mostBytes {
        commits = DatabaseCommit.joined(commits).map { [$0] } ?? []
      }
      pieces.append(
        Shipment.Piece(path: part.path, change: .pages(size: changes.pageBytes, commits: commits, sequences: [])))
    }
    if let piece = try sealed?.changed() { pieces.append(piece) }
    return (pieces, isCut)
  }

  private func begin(_ part: DataPart) throws(FileError) {
    let path = copy + "/" + part.path
    try Directory.make(Directory.parent(of: path))
    try File.make(path)
  }

  /// Throws when the data directory is going, or gone.
  private func checkSource() throws {
    guard try DataMark.read(in: data) != nil else {
      throw Restoring.Finding(description: "\(data) is gone, or is being removed")
    }
    for part in DataPart.backedUp where part.isThere(in: copy) && !part.isThere(in: data) && part != .revoked {
      throw Restoring.Finding(description: "\(data)/\(part.path) is gone")
    }
  }

  /// Brings a piece into the copy, commit by commit, and looks at what came. Gives it as it is kept.
  private func arrived(_ piece: Shipment.Piece, _ shipment: inout Shipment) throws -> Shipment.Piece {
    if SealedKeys.isSealed(piece.path) { return piece }
    guard case .pages(let size, let commits, _) = piece.change else {
      try Shipment(piece).apply(to: copy)
      return piece
    }
    let path = copy + "/" + piece.path
    var sequences: [Int64] = []
    do {
      for commit in commits {
        try commit.apply(to: path, pageBytes: size)
        if piece.path.isSame(as: DataPart.ledger.path) {
          try follow(path, &shipment)
          sequences.append(shipment.size)
        } else {
          try DatabaseFile.check(path)
        }
      }
    } catch let error as StoreError {
      throw Restoring.Finding(description: "what came of \(data)/\(piece.path) can't be read: \(error.message)")
    }
    return Shipment.Piece(path: piece.path, change: .pages(size: size, commits: commits, sequences: sequences))
  }

  /// Holds the entries that came against the chain.
  private func follow(_ path: String, _ shipment: inout Shipment) throws {
    let (id, head) = try DatabaseFile.ledger(path)
    guard id.isSame(as: ledgerID), head.sequence >= shipment.size else {
      throw Restoring.Finding(
        description: "the ledger in \(data) ends at entry \(head.sequence), and \(shipment.size) were there: an older "
          + "copy, or another ledger. Begin a new backup")
    }
    while shipment.size < head.sequence {
      for row in try DatabaseFile.rows(path, after: shipment.size, limit: Self.pageRows) {
        guard row.sequence == shipment.size + 1, let (_, previous) = Entry.decode(row.canonicalBytes),
          Hexadecimal.text(previous).isSame(as: shipment.head), Entry.hash(row.canonicalBytes) == row.hash
        else {
          throw Restoring.Finding(description: "entry \(shipment.size + 1) of \(data) doesn't follow the one before it")
        }
        (shipment.size, shipment.head) = (row.sequence, Hexadecimal.text(row.hash))
      }
    }
    guard Hexadecimal.text(head.hash).isSame(as: shipment.head) else {
      throw Restoring.Finding(description: "entry \(head.sequence) of \(data) isn't the one that was there")
    }
  }

  /// Ends the reading of the source's stores.
  func close() { for database in databases { database.follower.letGo() } }
}

extension Shipment {
  /// One piece, to be brought somewhere.
  fileprivate init(_ piece: Piece) {
    self.init(number: 0, previous: "", milliseconds: 0, size: 0, head: "", pieces: [piece])
  }
}
