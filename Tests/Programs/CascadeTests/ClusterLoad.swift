import Core
import Foundation
import Synchronization
import TestSupport

/// Callers who give anna a ducat at a time, at any host of a cluster, and send the same id again until they are
/// answered.
final class ClusterLoad: Sendable {
  private struct State {
    var hosts: [RunningHostAddress]
    var next = 1_000
    /// Which host is asked first; nil: the one that answered a caller last.
    var first: Int?
    var acknowledged: [String] = []
    /// When something was acknowledged last, by the host's number.
    var last: [Int: ContinuousClock.Instant] = [:]
    /// Answers that aren't what a caller should get.
    var odd: [String] = []
    var isOver = false
  }

  /// Where a host's API is; another one takes its place after a restart.
  struct RunningHostAddress: Sendable {
    var api: String
    var number: Int
  }

  private let state: Mutex<State>
  private let authorization: [String]
  private let threads = DispatchGroup()

  /// Begins with so many callers.
  init(_ hosts: [RunningServer], callers: Int, as authorization: [String]) {
    let addresses = hosts.enumerated().map { RunningHostAddress(api: $1.api, number: $0) }
    state = Mutex(State(hosts: addresses))
    self.authorization = authorization
    for caller in 0..<callers {
      threads.enter()
      let thread = Thread { [self] in
        run(from: caller)
        threads.leave()
      }
      thread.start()
    }
  }

  /// From now on the host of this number is reached there.
  func replace(_ number: Int, by host: RunningServer) { state.withLock { $0.hosts[number].api = host.api } }

  /// From now on callers ask this host first, as they stay away from one that failed while another answers.
  func comeBack(to number: Int) { state.withLock { $0.first = number } }

  /// How many transfers were acknowledged.
  var count: Int { state.withLock { $0.acknowledged.count } }

  /// When another host than this one last acknowledged something.
  func last(beside number: Int) -> ContinuousClock.Instant? {
    state.withLock { state in state.last.filter { $0.key != number }.values.max() }
  }

  /// When this host last acknowledged something.
  func last(at number: Int) -> ContinuousClock.Instant? { state.withLock { $0.last[number] } }

  /// Ends the load once every id that was sent is acknowledged: how many those are, and odd answers.
  func end() -> (acknowledged: Int, odd: [String]) {
    state.withLock { $0.isOver = true }
    threads.wait()
    return state.withLock { state in (Set(state.acknowledged).count, state.odd) }
  }

  private func run(from caller: Int) {
    var turn = caller
    while true {
      let number: Int? = state.withLock { state in
        if state.isOver { return nil }
        state.next += 1
        turn = state.first ?? turn
        return state.next
      }
      guard let number else { return }
      let id = ClusterFixture.id(number)
      while true {
        let host = state.withLock { $0.hosts[turn % $0.hosts.count] }
        if give(id, at: host) { break }
        turn += 1
      }
    }
  }

  /// Sends it; whether it was acknowledged.
  private func give(_ id: String, at host: RunningHostAddress) -> Bool {
    let body =
      #"{"events":[{"id":"\#(id)","kind":"posted","from":"world","to":"citizen:anna","#
      + #""amount":{"asset":"DUC/2","minor":1}}]}"#
    let process = ChildProcess()
    process.executableURL = URL(filePath: "/usr/bin/curl")
    process.arguments =
      ["-s", "--max-time", "15", "-w", "\n%{http_code}", "-d", body, "http://\(host.api)/v1/ledger/transfers"]
      + authorization
    let out = Pipe()
    process.standardOutput = out
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    let said = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let status = said.split(separator: "\n").last ?? ""
    if said.contains(#""status":"created""#) || said.contains(#""status":"exists""#) {
      state.withLock { state in
        state.acknowledged.append(id)
        state.last[host.number] = .now
      }
      return true
    }
    // Nobody there, or not now.
    if status != "000", status != "503", status != "429" { state.withLock { $0.odd.append(said) } }
    return false
  }
}
