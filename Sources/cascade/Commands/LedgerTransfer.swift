import ArgumentParser
import Core
import Decisions
import Glibc
import Ledger
import StoreSQLite

/// `cascade ledger transfer`: one transfer, made by an operator while no host runs.
struct MakeTransfer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer", abstract: "Moves money, or sets it aside, while no host runs.",
    discussion:
      "In a --store also beside hosts. Prints the result as one JSON object; exits with 2 when the ledger refuses.")

  @OptionGroup var options: DataOptions
  @Option(help: "The debited account; money enters from world.") var from: String
  @Option(help: "The credited account.") var to: String
  @Option(help: "The amount with its asset: \"97.50 USD/2\"") var amount: String
  @Option(help: "Your own reference.") var reference = ""
  @Option(help: "The transfer's id, a UUID; repeating it repeats the same transfer. (default: a new one)")
  var id: String?
  @Flag(help: "Sets the amount aside instead of moving it.") var pending = false
  @Option(help: "How long it stays set aside, with --pending; 0 is for ever.") var timeoutSeconds: UInt32?

  func validate() throws { _ = try event() }

  func run() async throws {
    let event = try event()
    try options.actAsOwner()
    let receipt: Receipt
    do {
      if try options.sharedAddress() == nil { try DataMark.check(.ledger, in: options.data) }
      receipt = try await options.withLedgerForWriting { store in
        try await store.commit(
          Submission([.event(event)], authority: .operator, requester: "local:\(getuid())")
        ).receipt
      }
    } catch {
      Output.note("error: \((error as? StoreError).map(Self.advice) ?? "\(error)")")
      throw ExitCode.couldNotStart
    }
    guard case .results(let results) = receipt, let result = results.first else {
      Output.note("error: the ledger gave no result")
      throw ExitCode.couldNotStart
    }
    try options.note(
      "makeTransfer", ("id", event.id.description), ("status", result.status.rawValue),
      ("from", from), ("to", to), ("amount", amount))
    Output.write(LedgerWire.json(result))
    if let reason = result.reason {
      Output.note("refused: \(reason.rawValue)")
      throw ExitCode.no
    }
  }

  private static func advice(_ error: StoreError) -> String {
    if error.code != .locked { return error.description }
    return "a host runs on this data and alone may write; send the transfer to it, POST /v1/ledger/transfers on its "
      + "API port, with a token of `cascade token operator`"
  }

  private func event() throws -> LedgerEvent {
    var generator = IdentifierGenerator()
    let id = try id.map { try Self.read($0, "--id", "a UUID") { Identifier($0) } } ?? generator.next()
    let name = "an account's name such as citizen:alice"
    let from = try Self.read(from, "--from", name) { AccountName($0) }
    let to = try Self.read(to, "--to", name) { AccountName($0) }
    let amount = try Self.read(amount, "--amount", "an amount such as \"97.50 USD/2\"") { Amount(text: $0) }
    if timeoutSeconds != nil && !pending { throw ValidationError("--timeout-seconds goes with --pending") }
    var event = LedgerEvent.posted(id, from: from, to: to, amount, reference: reference)
    if pending {
      event.kind = .pending
      event.timeoutSeconds = timeoutSeconds ?? 0
    }
    return event
  }

  private static func read<Value>(
    _ text: String, _ option: String, _ what: String, _ parse: (String) -> Value?
  ) throws -> Value {
    guard let value = parse(text) else { throw ValidationError("\(option) wants \(what), got '\(text)'") }
    return value
  }
}
