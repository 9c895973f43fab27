import Core
import Decisions
import Glibc
import Platform
import Rulebook
import StorePostgres

/// What hosts that share a store know there of each other, of their rules and of their records, opened.
struct FleetStores: Sendable {
  let rulebooks: PostgresRulebookStore
  let register: PostgresHostRegister
  /// Whose turn it is at what is done once for all.
  let turns: PostgresWorkTurns
  /// The records of all hosts.
  let records: PostgresDecisionLog
  /// The name by which other hosts know this one.
  let name: String
  private let hosts: LivingHosts

  /// Opens all of them; the ledger must have been opened before. `hosts` will be told how many there are. Throws as
  /// ``PostgresLedgerStore`` does.
  init(_ shared: SharedStore, _ hosts: LivingHosts) throws(StoreError) {
    name = shared.host
    self.hosts = hosts
    rulebooks = try PostgresRulebookStore(shared.address, host: shared.host)
    register = try PostgresHostRegister(shared.address, host: shared.host)
    turns = try PostgresWorkTurns(shared.address, host: shared.host)
    records = try PostgresDecisionLog(shared.address, host: shared.host)
  }

  /// This host among the others, on the data directory that it has locked; `awareness` gives its figure of itself.
  func member(
    data: String, staleAfter: Duration, awareness: @escaping @Sendable () -> Double?
  ) -> FleetMember {
    let machine = (try? File.read("/etc/machine-id", limit: 64)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return FleetMember(
      name: name, seat: "\(String(machine.trimmed)) \(MachineName.text) \(Self.whole(data))", register: register,
      lease: HostLease(staleAfter: staleAfter), living: hosts, awareness: awareness)
  }

  /// The rulebooks, with the archive in this host's data directory.
  func archived(in data: String) -> any RulebookStore {
    ArchivedRulebooks(store: rulebooks, archive: RulebookArchive(directory: DataDirectory.rulebooks(in: data)))
  }

  /// A path without links, whatever directory the process is in.
  private static func whole(_ path: String) -> String {
    guard let found = realpath(path, nil) else { return path }
    defer { free(found) }
    return String(cString: found)
  }

  /// Closes all of them.
  func close() async {
    await records.close()
    await turns.close()
    await register.close()
    await rulebooks.close()
  }
}
