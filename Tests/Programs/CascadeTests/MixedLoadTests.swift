import Core
import Foundation
import TestSupport
import Testing

/// A host under many kinds of requests while its rulebook is read again and again.
struct MixedLoadTests {
  /// How long each half takes, in seconds: a few, or as CASCADE_LOAD_SECONDS says.
  private static var seconds: Int {
    ProcessInfo.processInfo.environment["CASCADE_LOAD_SECONDS"].flatMap { Int($0) } ?? 6
  }

  /// Decisions, batches, transfers and reads, without a pause, until the time is over; any failure is said.
  private static let load = """
    end=$((SECONDS + $1)); n=0; failed=0
    ask() { curl -sf -m 60 -o /dev/null "$@" || failed=$((failed + 1)); }
    while [ $SECONDS -lt $end ]; do
      n=$((n + 1))
      ask -d '{"input":{"social_class":"Nobili"}}' "http://$3/v1/decisions/tier.assign"
      for _ in $(seq 200); do echo '{"social_class":"Popolani"}'; done |
        ask -H 'Content-Type: application/x-ndjson' --data-binary @- "http://$3/v1/decisions/tier.assign"
      id=$(cat /proc/sys/kernel/random/uuid)
      event='{"id":"'$id'","kind":"posted","from":"world","to":"citizen:a","amount":{"asset":"DUC/2","minor":1}}'
      ask -H "$4" -d "{\\"events\\":[$event]}" "http://$2/v1/ledger/transfers"
      ask -H "$4" "http://$2/v1/records?limit=20"
      ask "http://$2/metrics"
    done
    echo "$n $failed"
    """

  /// Loads the host; its resident memory at the end, in KiB.
  private func loaded(_ server: RunningServer, _ token: [String]) throws -> Double {
    let ending = try Program.run(
      ["-c", Self.load, "load", String(Self.seconds), server.api, server.decisions, token[1]], executable: "/bin/bash")
    let numbers = ending.out.split { $0.isWhitespace }.compactMap { Int($0) }
    #expect(numbers.count == 2 && numbers[0] > 2 && numbers[1] == 0, "\(ending.out)\(ending.error)\(server.logged)")
    return Double(residentBytes(of: server.process.processIdentifier)) / 1024
  }

  @Test func `reloads every second keep memory within one and a half times, and no request fails`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let token = try server.authorization(scratch)
    // What is allocated once is there before it counts.
    _ = try loaded(server, token)
    let before = try loaded(server, token)
    let reloads = ChildProcess()
    reloads.executableURL = URL(filePath: "/bin/bash")
    reloads.arguments = [
      "-c",
      """
      while echo '-- once more' >> "$2" && curl -s -o /dev/null -X POST -H "$1" "http://$0/v1/rulebook?specs=false"
      do sleep 1; done
      """,
      server.api, token[1], scratch.url.appending(path: "policies/fees.lua").path(),
    ]
    try reloads.run()
    defer { reloads.terminate() }
    func generation() throws -> Int64 { try server.rulebook()["generation"]?.integer ?? 0 }
    var after = try loaded(server, token)
    // On a busy machine a reload takes seconds.
    for _ in 0..<20 where try generation() < 3 { after = try loaded(server, token) }
    reloads.terminate()
    #expect(after <= 1.5 * before, "\(before) KiB became \(after) KiB")
    #expect(try generation() >= 3)
    #expect(server.stop() == 0, "\(server.logged)")
  }
}
