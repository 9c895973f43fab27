package import Core

/// A citizen as the directory knows them.
package struct Citizen: Sendable, Equatable {
  /// The name that is theirs alone; compared bytewise.
  package var username: String
  /// The given name; empty when not told.
  package var firstName: String
  /// The family name; empty when not told.
  package var lastName: String
  /// The class as the directory writes it; what it means is a rule's affair. Empty when not told.
  package var socialClass: String
  /// A number as the directory writes it, for rules; nil when not told. Nothing is reckoned with it here.
  package var ducats: JSON?
  /// A number as the directory writes it, for rules; nil when not told.
  package var influence: JSON?
  /// Whether nobody human stands behind them.
  package var isAI: Bool
  /// The address of their wallet on Solana: an Ed25519 key in base58. Nil when they have none.
  package var wallet: String?

  /// A citizen of these parts.
  package init(
    username: String, firstName: String = "", lastName: String = "", socialClass: String = "", ducats: JSON? = nil,
    influence: JSON? = nil, isAI: Bool = false, wallet: String? = nil
  ) {
    self.username = username
    self.firstName = firstName
    self.lastName = lastName
    self.socialClass = socialClass
    self.ducats = ducats
    self.influence = influence
    self.isAI = isAI
    self.wallet = wallet
  }
}

extension Citizen {
  /// Reads a citizen as Venice writes one (`{"username","firstName",…,"isAI"|"isAi","wallet"}`); nil without a
  /// username, and for a member of another kind than it should be. Absent members are empty or false.
  package init?(venice json: JSON) {
    guard let username = json["username"]?.string, !username.isEmpty else { return nil }
    var texts: [String?] = []
    for name in ["firstName", "lastName", "socialClass", "wallet"] {
      guard let member = json[name], member != .null else {
        texts.append(nil)
        continue
      }
      guard let text = member.string else { return nil }
      texts.append(text)
    }
    for name in ["ducats", "influence"] {
      if let member = json[name], member != .null, member.number == nil { return nil }
    }
    self.init(
      username: username, firstName: texts[0] ?? "", lastName: texts[1] ?? "", socialClass: texts[2] ?? "",
      ducats: json["ducats"].flatMap { $0 == .null ? nil : $0 },
      influence: json["influence"].flatMap { $0 == .null ? nil : $0 },
      isAI: json["isAI"] == true || json["isAi"] == true, wallet: texts[3].flatMap { $0.isEmpty ? nil : $0 })
  }

  /// The citizen as the host's own answers have them:
  /// `{"username","first_name","last_name","social_class","ducats"?,"influence"?,"is_ai"}`.
  package var json: JSON {
    var object = JSON.Object([
      ("username", .string(username)), ("first_name", .string(firstName)), ("last_name", .string(lastName)),
      ("social_class", .string(socialClass)),
    ])
    if let ducats { object.append("ducats", ducats) }
    if let influence { object.append("influence", influence) }
    object.append("is_ai", .bool(isAI))
    return .object(object)
  }
}
