import Glibc
import Platform
import Server

/// What `cascade doctor` finds of the machine.
enum Machine {
  /// Bytes that must be free: a ledger's log, a segment of records of each lane and a rulebook have room in them.
  private static let leastBytes: Int64 = 1 << 30
  /// Files that can still be made.
  private static let leastFiles: Int64 = 10_000

  /// The room on the disk of a data directory, which needn't be there yet.
  static func disk(under data: String) -> Finding {
    var path = data
    while !File.exists(path), case let parent = Directory.parent(of: path), parent != path { path = parent }
    do throws(FileError) {
      let free = try FreeSpace(on: path)
      let detail = "\(free.bytes >> 20) MiB are free for \(data)"
      if free.bytes < leastBytes {
        return .bad("disk", detail, "make room for \(leastBytes >> 20) MiB; a host whose disk is full decides nothing")
      }
      if let files = free.files, files < leastFiles {
        return .bad(
          "disk", "\(files) more files can be made for \(data)", "remove some, or use a disk with more inodes")
      }
      return .good("disk", detail)
    } catch {
      return .bad("disk", error.description, "name a directory that can be used by --data")
    }
  }

  /// Whether this process may have the memory of a host with as many lanes as the machine has processors.
  static var memory: Finding {
    let demand = AddressDemand(lanes: nil)
    if !demand.isMet { return .bad("memory", demand.problem, AddressDemand.advice) }
    return .good("memory", "\(demand.bytes >> 20) MiB may be had, counted as addresses")
  }

  /// Whether as many connections can be open as the ports take.
  static var descriptors: Finding {
    let (limit, wanted) = (DescriptorLimit.raise(), PortShares.wanted)
    let detail = "\(limit) files and connections may be open"
    if limit >= wanted { return .good("descriptors", detail) }
    return .bad(
      "descriptors", detail,
      "the ports take fewer connections than they could; allow \(wanted) (`ulimit -n`, or LimitNOFILE= in the unit)")
  }
}
