/// The reason why governance refused an envelope or a step.
package struct GovernanceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of fault. The raw value is its name on the wire.
  package enum Code: String, Sendable, CaseIterable {
    /// The bytes are no envelope, or a payload isn't of its form.
    case malformed
    /// The envelope or the payload is over its limit.
    case tooLarge = "too_large"
    /// The envelope has more than 32 signatures.
    case tooManySignatures = "too_many_signatures"
    /// The payload's type isn't the one that its place wants.
    case payloadType = "payload_type"
    /// No signature is valid and by a key of the role.
    case notSigned = "not_signed"
    /// Fewer keys signed than the role's threshold.
    case threshold
    /// A root's keys, roles or thresholds can't be taken.
    case root
    /// The next root's version isn't the one after the last.
    case version
    /// The payload is for another realm.
    case realm
    /// The payload names another root than the one in force.
    case otherRoot = "other_root"
    /// The sequence isn't the one after the last.
    case sequence
    /// The payload doesn't follow the one in force.
    case previous
    /// The files don't match the payload, or the payload's own list.
    case files
    /// The payload or its root has expired.
    case expired
    /// A delay isn't over, or `not_before` hasn't come.
    case early
    /// The proposal, or the act, is here already.
    case known
    /// Nothing is known under this digest.
    case unknown
    /// The proposal is at its end: activated, vetoed, expired, superseded or invalid.
    case final
    /// A digest that never was active under governance, isn't among the last ten, or was withdrawn.
    case digest
    /// The emergency role can't renew its act so soon.
    case renewal
    /// Activations are on hold.
    case held
    /// A key has too many open proposals.
    case tooMany = "too_many"
    /// A time in an act lies too far from the clock.
    case time
    /// There is no root: the host isn't governed.
    case notGoverned = "not_governed"
    /// There is a root already.
    case governed
    /// The chain holds a step that isn't justified.
    case corrupt
  }

  package var code: Code
  /// States what is wrong, and with which member.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
