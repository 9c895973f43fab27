import ArgumentParser
import Core
import Cryptography
import Glibc
import Platform
import StorePostgres

/// `cascade store`: the database that several hosts share.
struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Checks and prepares the database that several hosts share.",
    subcommands: [CheckStore.self, MigrateStore.self, CopyStore.self, NewStoreKey.self])
}

/// The database of `--store`, which must be given.
struct SharedStoreOptions: ParsableArguments {
  @Option(help: "The PostgreSQL database that hosts share, without a password: postgresql://[USER@][HOST]/DATABASE")
  var store: String?
  @Option(help: "A file with that URL, which only its owner may read; it may have a password.") var storeFile: String?

  /// The address. On failure prints the problem and exits with 1.
  func address() throws -> PostgresAddress {
    let hasOption = store != nil || storeFile != nil
    let found = try SharedSettings.address(
      hasOption ? store : Environment.value(of: "store"),
      file: hasOption ? storeFile : Environment.value(of: "store-file"))
    guard let found else { throw ReadingError(message: "--store or --store-file names the database") }
    return found
  }

  /// Runs `body` with the database. On failure prints the problem and exits with 1.
  func reporting<Value>(_ body: (PostgresAddress) async throws -> Value) async throws -> Value {
    try await Output.reporting { try await body(try address()) }
  }
}

/// `cascade store check`: whether a server and a database can be used.
struct CheckStore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Says whether hosts can use a server and a database, and changes nothing.",
    discussion: "Exits with 1 when they can't: then the setting or the version is named.")

  @OptionGroup var shared: SharedStoreOptions

  func run() async throws {
    try await shared.reporting { address in
      let state = try Installation(address).state()
      Output.writeLine("ok: \(address), PostgreSQL \(state.server)")
      Output.writeLine(
        state.migration == state.known
          ? "ok: its tables are as this version wants them (migration \(state.known))"
          : "ok: its tables are at migration \(state.migration); the first host, or 'cascade store migrate', brings "
            + "them to \(state.known)")
      for advice in state.advice { Output.writeLine("note: \(advice)") }
    }
  }
}

/// `cascade store migrate`: brings a database's tables up to date.
struct MigrateStore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Makes the tables in a database, or brings them up to date.",
    discussion: "Every host does the same at its start; several at the same time wait for each other.")

  @OptionGroup var shared: SharedStoreOptions

  func run() async throws {
    try await shared.reporting { address in
      let (before, after) = try Installation(address).migrate()
      Output.writeLine(before == after ? "ok: at migration \(after)" : "ok: from migration \(before) to \(after)")
    }
  }
}

/// `cascade store new-key`: makes the key that seals signing keys.
struct NewStoreKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-key", abstract: "Makes the key that seals the signing keys in a shared database.",
    discussion: """
      32 random bytes in base64. Every host is given the same, by --key-encryption-key-file. Keep a copy elsewhere: \
      without it the keys in the database are lost, and every token with them.
      """)

  @Option(help: "The file to make, with mode 0600. (default: standard output)") var out: String?

  func run() throws {
    let text = SealingKey.random().withBytes { KeyText.text($0) + "\n" }
    guard let out else { return Output.write(text) }
    do throws(FileError) {
      let file = try Descriptor(opening: out, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
      try file.write(Array(text.utf8))
      try file.sync()
      try Directory.sync(holding: out)
    } catch {
      Output.note("error: \(error.description)")
      throw ExitCode.couldNotStart
    }
    Output.note("\(out) has the key; give every host a copy that only it may read")
  }
}
