import Core
import Glibc
import Outbound
import Platform

/// What `cascade doctor` hears of a host that runs on the data, and of the ports when none does.
struct HostAnswer: Sendable {
  private let api: Address
  private let runs: Bool
  /// What it says of itself; nil when nobody answers, or none runs.
  private let health: JSON?

  /// Asks the host on the data, if one `runs` there, at `api`; whoever else listens there isn't asked.
  init(at api: Address, runs: Bool) async {
    self.api = api
    self.runs = runs
    guard runs else {
      health = nil
      return
    }
    let request = api.request(.get, "/health")
    var limits = OutboundLimits()
    limits.total = .seconds(5)
    let client = OutboundClient(limits: limits)
    let response = try? await client.send(request)
    await client.shutdown()
    health = response.flatMap { $0.status == 200 || $0.status == 503 ? try? JSON(parsing: $0.body) : nil }
  }

  /// The version of this program, and whether the host is of the same.
  var version: Finding {
    guard let running = health?["version"]?.string, !running.isSame(as: Version.text) else {
      return .good("version", "cascade \(Version.text)")
    }
    return .bad(
      "version", "this is cascade \(Version.text), and the host at \(api.text) is \(running)",
      "restart the host by this one, or use the program that it was started by")
  }

  /// Of each port, whether the host is there, or could be.
  func ports(_ ports: [(option: String, address: Address)]) -> [Finding] {
    if runs {
      let status = health?["status"]?.string
      if status == nil {
        return [
          .bad("host", "a host runs on the data, but nobody answers at \(api.text)", "name where it listens by --api")
        ]
      }
      if status?.isSame(as: "unavailable") == true {
        return [
          .bad("host", "it answers at \(api.text) and isn't ready", "`cascade healthcheck` and its log say why")
        ]
      }
      return [.good("host", "it answers at \(api.text)")]
    }
    return ports.map { option, address in
      let name = option == "--api" ? "api" : "decisions"
      guard let problem = Self.problem(binding: address) else {
        return .good(name, "\(address.text) can be listened on")
      }
      return .bad(
        name, "\(address.text) can't be listened on (\(problem))",
        "stop what listens there, or choose another \(option)")
    }
  }

  /// Why nobody can listen at an address; nil when one can.
  private static func problem(binding address: Address) -> String? {
    if let path = address.path { return UnixListener.problem(at: path)?.reason }
    return number(binding: address).map { String(cString: strerror($0)) }
  }

  private static func number(binding address: Address) -> Int32? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let first = found?.pointee else {
      return EADDRNOTAVAIL
    }
    defer { freeaddrinfo(found) }
    let socket = Glibc.socket(first.ai_family, first.ai_socktype, 0)
    if socket < 0 { return errno }
    defer { close(socket) }
    var on: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    return bind(socket, first.ai_addr, first.ai_addrlen) == 0 ? nil : errno
  }
}
