public import Console
public import EventLog
import Foundation

/// The options that say which log a command works on.
public enum LogOptions {
    /// The folder of the embedded log and of all state.
    public static let dataDirectory = Parameter.option(
        "data-dir", letter: "d", ValueFormat<String>.path, default: "./tributary-data",
        help: "the folder of the embedded log and of all state"
    ).environment("TRIBUTARY_DATA_DIR").setting("app.dataDir")

    /// The brokers; the embedded log is used without.
    public static let bootstrapServers = Parameter.option(
        "bootstrap-servers", letter: "b", aliases: ["bootstrap-server"], ValueFormat<String>.text.named("HOST:PORT"),
        help: "Kafka brokers; without, the embedded log in the data folder is used"
    ).environment("TRIBUTARY_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS").setting("kafka.bootstrap.servers")

    /// Properties of the Kafka client.
    public static let properties: Parameter<[(name: String, value: String)]> = Parameter.repeated(
        "set", letter: "X", .assignment, help: "a property of librdkafka, such as security.protocol=SASL_SSL")

    /// A file of properties of the Kafka client.
    public static let propertiesFile = Parameter.option(
        "kafka-config", letter: "F", aliases: ["command-config"], ValueFormat<String>.path,
        help: "a file of librdkafka's properties, name=value; values may be ${env:NAME} or ${file:/path}"
    ).environment(KafkaProperties.fileVariable)

    /// All of them.
    public static var all: [any AnyParameter] {
        [dataDirectory, bootstrapServers, propertiesFile, properties] + TokenOptions.all
    }

    /// The brokers to use; nil for the embedded log.
    ///
    /// A data folder on the command line wins over brokers in the environment.
    ///
    /// - Returns: the brokers, as `host:port`, separated by commas.
    /// - Throws: ``CommandError`` when the command line is malformed, or the file of properties is.
    public static func brokers(_ invocation: Invocation) throws(CommandError) -> String? {
        try kafka(invocation)?.servers
    }

    /// Brokers and properties; nil for the embedded log.
    private static func kafka(
        _ invocation: Invocation
    ) throws(CommandError) -> (servers: String, properties: KafkaProperties)? {
        let isMeant = invocation.isWritten(bootstrapServers) || invocation.isWritten(propertiesFile)
        guard isMeant || !invocation.isWritten(dataDirectory) else { return nil }
        let servers = try invocation[bootstrapServers]
        let file = try invocation[propertiesFile]
        guard servers != nil || file != nil else { return nil }
        var properties = try KafkaProperties(
            configured: try invocation.configuration.kafkaProperties, file: file, environment: invocation.environment,
            written: try invocation[properties])
        let others = properties.takeServers()
        guard let servers = servers ?? others else {
            throw .usage(
                "--kafka-config names no bootstrap.servers",
                hint: "name brokers with --bootstrap-servers, or in the file")
        }
        return (servers, properties)
    }

    private static func openKafka(_ servers: String, _ properties: KafkaProperties, _ invocation: Invocation) throws
        -> KafkaEventLog
    {
        for warning in properties.warnings { invocation.warn(warning) }
        var configuration = KafkaConfiguration(bootstrapServers: servers, properties: properties.values)
        configuration.oauthToken = try TokenOptions.source(invocation)
        do {
            return try KafkaEventLog(configuration)
        } catch {
            throw properties.explain(error)
        }
    }

    /// Opens the log that the command line names.
    ///
    /// - Parameters:
    ///   - invocation: the command line.
    ///   - mustExist: whether a data folder without a log is an error: for commands that only look.
    /// - Returns: the log.
    /// - Throws: ``EventLogError`` when it cannot be opened; ``CommandError`` when it must exist and does not.
    public static func open(_ invocation: Invocation, mustExist: Bool = false) throws -> any EventLog {
        if let (servers, properties) = try kafka(invocation) {
            return try openKafka(servers, properties, invocation)
        }
        guard try invocation[properties].isEmpty else {
            throw CommandError.usage(
                "--set is for Kafka, and the embedded log is used", hint: "name brokers with --bootstrap-servers")
        }
        let folder = try invocation[dataDirectory]
        guard mustExist else { return try EmbeddedEventLog(dataDirectory: folder) }
        guard FileManager.default.fileExists(atPath: "\(folder)/log") else {
            throw CommandError(
                .notFound, "there is no log in '\(folder)'",
                hint:
                    "name the folder with --data-dir, or make a topic there: tributary topics create NAME --data-dir \(folder)",
                kind: "noLog")
        }
        return try EmbeddedEventLog(dataDirectory: folder, options: EmbeddedLogOptions(opening: .existing))
    }
}

extension EventLog {
    /// The topic `name`.
    ///
    /// - Throws: ``CommandError`` with the names that come near when there is none; ``EventLogError``.
    package func existingTopic(_ name: String) throws -> TopicDescription {
        if let topic = try topic(name) { return topic }
        let known = try topics().map(\.name)
        throw CommandError(
            .notFound, "there is no topic '\(name)' in \(location)",
            hint: Suggestions.hint(for: name, among: known)
                ?? (known.isEmpty ? "there are no topics yet" : "see them with 'topics list'"),
            kind: "unknownTopic")
    }
}
