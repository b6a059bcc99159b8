import Console
import EventLog
import Foundation

/// Properties of the Kafka client from everywhere: the configuration, the file of properties, the environment, then the
/// command line, which wins.
struct KafkaProperties {
    /// A value, and where it was written.
    struct Entry {
        let value: String
        let place: String
    }

    /// The properties by librdkafka's names.
    private(set) var entries: [String: Entry] = [:]
    /// What to say to people.
    private(set) var warnings: [String] = []

    /// What all names of environment variables that are properties start with.
    static let prefix = "TRIBUTARY_KAFKA_"
    /// The variable that names the file, and is no property.
    static let fileVariable = "TRIBUTARY_KAFKA_CONFIG"

    /// Gathers the properties that `invocation` has.
    ///
    /// - Throws: ``CommandError`` for a file that cannot be read, a reference to nothing, ….
    init(
        configured: [(name: String, value: String, place: String)] = [], file: String?, environment: [String: String],
        written: [(name: String, value: String)]
    ) throws(CommandError) {
        var secrets = SecretReferences(environment)
        for property in configured {
            entries[property.name] = Entry(value: property.value, place: "from \(property.place)")
        }
        if let file { try add(file: file, &secrets) }
        for (variable, value) in environment.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix(Self.prefix) && variable != Self.fileVariable {
            let name = Self.property(of: variable)
            entries[name] = Entry(
                value: try secrets.resolve(value, of: name, at: variable), place: "from \(variable)")
        }
        for (name, value) in written {
            entries[name] = Entry(value: try secrets.resolve(value, of: name, at: "--set"), place: "from --set")
        }
        warnings += secrets.warnings
    }

    /// The property that an environment variable sets: `TRIBUTARY_KAFKA_SASL_PASSWORD` is `sasl.password`.
    static func property(of variable: String) -> String {
        variable.dropFirst(prefix.count).lowercased().replacing("_", with: ".")
    }

    /// The servers that the file or the environment names, taken out of the properties.
    mutating func takeServers() -> String? {
        entries.removeValue(forKey: "bootstrap.servers")?.value
    }

    /// The values by name.
    var values: [String: String] { entries.mapValues(\.value) }

    /// `error` with the place where the property it names was written.
    func explain(_ error: EventLogError) -> EventLogError {
        guard error.code == .invalidConfiguration,
            let name = error.message.split(separator: "'").map(String.init).first(where: { entries[$0] != nil }),
            let place = entries[name]?.place
        else { return error }
        return EventLogError(.invalidConfiguration, "\(error.message) (\(place))", at: error.partition)
    }

    private mutating func add(file: String, _ secrets: inout SecretReferences) throws(CommandError) {
        guard FileManager.default.fileExists(atPath: file) else {
            throw CommandError(
                .notFound, "there is no file '\(file)' of Kafka properties", hint: "correct --kafka-config")
        }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandError(
                .denied, "the file '\(file)' of Kafka properties cannot be read",
                hint: "is it a folder, or may this user not read it?")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandError(.failure, "the file '\(file)' of Kafka properties is no UTF-8 text")
        }
        var holdsSecret = false
        for entry in try PropertiesFile(text, path: file).entries {
            let place = "from \(file), line \(entry.line)"
            let value = try secrets.resolve(entry.value, of: entry.name, at: "\(file), line \(entry.line)")
            if value == entry.value, KafkaConfiguration.isSecret(entry.name) { holdsSecret = true }
            entries[entry.name] = Entry(value: value, place: place)
        }
        if holdsSecret, SecretFile.isReadByAll(file) {
            warnings.append("'\(file)' holds a secret and can be read by every user: chmod 600 \(file)")
        }
    }
}
