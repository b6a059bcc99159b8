/// The names that lead to a setting: those of its sections and its own.
public struct SettingPath: Sendable, Hashable, CustomStringConvertible {
    /// The names.
    public let names: [String]

    /// A path of `names`.
    public init(_ names: [String]) { self.names = names }

    /// The path that `text` says, with dots between its names; a property of Kafka is one name with dots in it.
    public init(_ text: String) {
        if text.hasPrefix("\(Self.kafka).") {
            names = [Self.kafka, String(text.dropFirst(Self.kafka.count + 1))]
        } else {
            names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The section of librdkafka's properties.
    static let kafka = "kafka"

    /// For example `app.commitInterval`.
    public var description: String { names.joined(separator: ".") }

    /// The path of `name` below this one.
    func appending(_ name: String) -> SettingPath { SettingPath(names + [name]) }

    /// The path of what it is in.
    var parent: SettingPath { SettingPath(Array(names.dropLast())) }

    /// As many of its names as `other` has.
    func prefix(_ other: SettingPath) -> SettingPath { SettingPath(Array(names.prefix(other.names.count))) }

    /// Whether it is `other`, where `*` in `other` stands for any name.
    func matches(_ other: SettingPath) -> Bool {
        names.count == other.names.count && zip(names, other.names).allSatisfy { $0 == $1 || $1 == "*" }
    }

    /// Whether it lies below `other`, where `*` in `other` stands for any name.
    func isBelow(_ other: SettingPath) -> Bool {
        names.count > other.names.count && SettingPath(Array(names.prefix(other.names.count))).matches(other)
    }

    /// The environment variable that sets it: `TRIBUTARY_APP_COMMIT_INTERVAL` for `app.commitInterval`.
    var variable: String {
        "TRIBUTARY_" + names.map(Self.shout).joined(separator: "_")
    }

    /// `commitInterval` as `COMMIT_INTERVAL`, `sasl.password` as `SASL_PASSWORD`.
    static func shout(_ name: String) -> String {
        var text = ""
        var wasLower = false
        for letter in name {
            if letter.isUppercase, wasLower { text += "_" }
            text += letter.isLetter || letter.isNumber ? letter.uppercased() : "_"
            wasLower = letter.isLowercase || letter.isNumber
        }
        return text
    }
}
