internal import Core
internal import Decisions
internal import Governance
internal import Ledger
internal import LuaRuntime
internal import NIOCore
internal import NIOPosix
internal import Rulebook
internal import StoreSQLite

/// A host without ports: brings into force what is ready in a data directory, and prints the sequence and the digest
/// that decide then: `ActivatingHost DIRECTORY`.
@main
struct ActivatingHost {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else { return print("wrong usage") }
    let directory = CommandLine.arguments[1]
    try ThreadStack.setDefault()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let ledger = try SQLiteLedgerStore(directory: directory)
    let rulebooks = try FileRulebookStore(directory: directory)
    let book = try await GovernanceBook(ledger, time: .system)
    let host = try await Host(
      directory: "/nowhere", rulebooks: rulebooks, loops: Array(loops.makeIterator()), runSpecs: true,
      governance: book.view)
    let course = GovernanceCourse(book, host, rulebooks: rulebooks, version: HostVersion("0.1.0"), refusesStale: false)
    try await course.begin()
    for event in try await course.round() { print("\(event)") }
    print("\(await book.current?.active.sequence ?? -1) \(host.generation.digest)")
    await ledger.close()
    try await loops.shutdownGracefully()
  }
}
