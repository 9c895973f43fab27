import Core
import Cryptography

/// The settings of editors that `cascade types` has ever written: whoever has one of them has edited nothing, and gets
/// today's.
enum EarlierSettings {
  /// SHA-256 of every form of each file, today's last. A form that changes leaves its hash here.
  private static let forms = [
    ".luarc.json": [
      "7ebc209432527e5467b920b96a4acdfa7f846d6b319c1d3bbc23a72503385d76",
      "e38cdf27d71e0c1849a3c5fc0d8dbcf2730c8bcdb1d05a2bcc0138729d07d175",
      "55d73cee1cafaa9565042f55aa709fd3dddf0d9cd59187277e129cf81a2856b6",
      "59b8e5046e86add4154d9e895c8c891415d8214f8c90055fdaf448ca9d4af953",
      "6595843600baf47c7d6a6abfc340ef2d8211423a2c16724db17f43a6d5399939",
      "ab3b4f38beea67532fba526b5e7428ea7aa9e3b0c9148b1bfbc45e4b08af6758",
      "a03ce514754e7d29bd882d47dd423fb2fea7995d8c22635499f7026be88f644f",
    ],
    ".emmyrc.json": [
      "cada52db3aaaf2eabce1bdb3a2e6dc58357a303868d2d639885ae26b2802a999",
      "3acaf85222e0d188d9eb629a1b83f23b4fbe168913ce717df37712c4c352359b",
      "fcf196d9573f1f5c095f8aee9ad3d54213b43ecc9b44e263da6357dafe5acaae",
    ],
    ".luacheckrc": [
      "c707fe52a5b37f0ec2f8f34d8f5eb5b3114507c2398bec14ef88c22affa95486",
      "26bd08710f2ab648478205240c107eab628e080286d84173345d3c9cdff37f4e",
      "8f67622c808605c6d6ea6f1606b82df5127ab64893049f302184123eaac51d23",
      "6a294004e9638a5a6551501771536a495df2a689181727a7f33692f836eb32af",
      "2858a8dc1320f8c69d48afa1eaff4cf2c6cd390c32087c8710c2e4375413824a",
      "910cfd052e761355eda12cc79be211363d5cc287a44a21475e62b14f0494447c",
    ],
  ]

  /// Whether a file of this name with these bytes is one that `cascade types` wrote. O(bytes).
  static func have(_ bytes: [UInt8], as path: String) -> Bool {
    forms[path]?.contains(Hexadecimal.text(SHA256.hash(bytes))) ?? false
  }
}
