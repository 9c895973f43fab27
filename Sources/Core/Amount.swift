/// An exact quantity of one asset, in its minor units.
package struct Amount: Sendable, Hashable {
  package var asset: Asset
  /// The quantity in minor units: cents for `USD/2`.
  package var minor: Int64

  package init(_ minor: Int64, _ asset: Asset) {
    self.asset = asset
    self.minor = minor
  }

  /// The amount in the form of the wire: `{"asset":"USD/2","minor":9750}`.
  package var json: JSON { ["asset": .string(asset.name), "minor": .integer(minor)] }

  /// Reads ``json`` back; nil when a member is missing, malformed or unknown.
  package init?(json: JSON?) {
    guard let object = json?.object, object.members.count == 2,
      let name = object["asset"]?.string, let asset = Asset(name), let minor = object["minor"]?.integer
    else { return nil }
    self.init(minor, asset)
  }
}

extension Amount: CustomStringConvertible {
  /// The amount as people read it: `97.50 USD/2`, always with all decimals.
  package var description: String {
    let digits = String(minor.magnitude).zeroPadded(to: asset.scale + 1)
    let point = asset.scale == 0 ? "" : "."
    return "\(minor < 0 ? "-" : "")\(digits.dropLast(asset.scale))\(point)\(digits.suffix(asset.scale)) \(asset.name)"
  }
}
