import ArgumentParser
import Core
import Cryptography
import Decisions
import Governance
import Ledger
import Rulebook
import StorePostgres
import StoreSQLite

/// `cascade governance init`: writes the draft of a first root, or takes one that its holders signed.
struct InitGovernance: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Drafts the first root, or takes it once its holders have signed it.",
    discussion: """
      --key FILE.pub, once a holder, prints a draft to be edited and signed. With the signed ROOT the host of --data, \
      which must not run, is governed from then on: the rulebook in --rulebook is the one in force, and nothing but a \
      later root ends governance.
      """)

  @Argument(help: "The signed root.") var root: String?
  @Option(help: "A holder's public key, for a draft; may be given again.") var key: [String] = []
  @Option(help: "A guardian's public key, for a draft; may be given again. (default: all holders)")
  var guardian: [String] = []
  @Option(help: "How many holders must sign, in a draft. (default: more than half)") var threshold: Int?
  @OptionGroup var options: DataOptions
  @OptionGroup var rulebook: RulebookOptions

  func validate() throws {
    if (root == nil) == key.isEmpty { throw ValidationError("either ROOT or --key is needed") }
  }

  func run() async throws {
    try await refusing {
      if let root { try await take(root) } else { Output.write(try draft(), isPretty: true) }
    }
  }

  /// A root with every holder in every role, and usual delays. The realm is drawn here.
  private func draft() throws -> JSON {
    let holders = try key.map(PublicKeyFile.init)
    let guardians = try guardian.map(PublicKeyFile.init)
    let all = holders + guardians.filter { candidate in !holders.contains { $0.key == candidate.key } }
    let majority = threshold ?? holders.count / 2 + 1
    func role(_ members: [PublicKeyFile], _ threshold: Int) -> JSON {
      ["keyids": .array(members.map { .string($0.key.id) }), "threshold": .integer(Int64(threshold))]
    }
    let keys = all.map { file in
      (
        name: file.key.id,
        value: [
          "scheme": "ed25519", "public": .string(Hexadecimal.text(file.key.bytes)), "holder": .string(file.holder),
        ] as JSON
      )
    }
    let watching = guardians.isEmpty ? holders : guardians
    let year = Instant.now.later(by: 365 * 86_400)
    let few = max(1, majority - 1)
    return [
      "_type": "root", "spec": "1.0", "mode": "enforce", "realm": .string(Hexadecimal.text(SecureRandom.bytes(16))),
      "version": 1, "expires": .string(year.text), "keys": .object(JSON.Object(keys)),
      "roles": [
        "root": role(holders, majority), "rules": role(holders, majority),
        "guardian": role(watching, max(1, watching.count / 2)), "emergency": role(holders, few),
        "freshness": role(holders, 1),
      ],
      "delays": ["policies": "PT24H", "plugins": "PT72H", "root": "P7D"], "grace": "P14D", "emergency_max": "PT72H",
      "freshness_max": "P7D",
    ]
  }

  /// Keeps the rulebook where every host that it is in force at will look for it.
  private func stage(_ snapshot: RulebookSnapshot) async throws {
    guard let address = try options.sharedAddress() else {
      _ = try await FileRulebookStore(directory: options.data).stage(snapshot)
      return
    }
    let store = try PostgresRulebookStore(address, host: "command")
    do {
      _ = try await store.stage(snapshot)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  private func take(_ path: String) async throws {
    let payload = try SignedPayload(try EnvelopeFile.read(path))
    try DataDirectory.make(options.data)
    let lock = try options.sharedAddress() == nil ? try DataDirectory.lock(options.data) : nil
    let snapshot = try rulebook.load().snapshot
    try await options.withLedgerForWriting { ledger in
      let book = try await GovernanceBook(ledger, time: .system)
      if let state = await book.current {
        throw GovernanceError(.governed, "there is a root already: \(state.root.digest)")
      }
      try await stage(snapshot)
      try await book.found(payload, files: snapshot.manifest)
    }
    withExtendedLifetime(lock) {}
    let answer: JSON = ["root": .string(payload.digest), "rulebook": .string(snapshot.digest)]
    Output.write(answer)
    Output.note("governed from now on; pin it: --governance enforce --governance-root \(payload.digest)")
  }
}
