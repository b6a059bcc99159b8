import Console
import EventLog
import Foundation
import RegistryService
import Schemas
import StreamCore

/// The options that say which registry a command works on.
enum RegistryOptions {
    static let registry = Parameter.option(
        "registry", letter: "r", ValueFormat<String>.text.named("URL"),
        help: "a registry's address, or several with commas; without, the one in the log"
    ).environment("SCHEMA_REGISTRY_URL")
    static let topic = Parameter.option(
        "schemas-topic", ValueFormat<String>.text, default: LogJournal.defaultTopic,
        help: "the topic of the registry in the log")

    static var all: [any AnyParameter] { LogOptions.all + [registry, topic] }

    /// The variable with `user:password`, as Confluent's tools have it: secrets are not for the command line.
    private static let userVariable = "SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO"
    private static let tokenVariable = "SCHEMA_REGISTRY_BEARER_TOKEN"

    /// The registry that the command line names: an address, else the one in the log.
    ///
    /// A data folder or brokers on the command line win over an address in the environment.
    static func open(_ invocation: Invocation, mustExist: Bool = false) throws -> any SchemaRegistryAdministration {
        let isLogMeant =
            invocation.isWritten(LogOptions.dataDirectory) || invocation.isWritten(LogOptions.bootstrapServers)
        if let address = try invocation[registry], invocation.isWritten(registry) || !isLogMeant {
            return HTTPSchemaRegistry(
                try RegistryConnection(address, credentials: credentials(invocation.environment)))
        }
        return try embedded(invocation, mustExist: mustExist)
    }

    /// The registry in the log.
    static func embedded(_ invocation: Invocation, mustExist: Bool = false) throws -> EmbeddedSchemaRegistry {
        EmbeddedSchemaRegistry(
            log: try LogOptions.open(invocation, mustExist: mustExist), topic: try invocation[topic])
    }

    private static func credentials(_ environment: [String: String]) -> RegistryConnection.Credentials {
        if let token = environment[tokenVariable], !token.isEmpty { return .bearer(token) }
        guard let pair = environment[userVariable], let colon = pair.firstIndex(of: ":") else { return .none }
        return .basic(user: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...]))
    }

    static let kind = Parameter.option(
        "type", letter: "t", ValueFormat.choice(SchemaLanguage.self),
        help: "the schema's language; else json for files called *.json, avro for others")

    /// The languages of schemas.
    enum SchemaLanguage: String, Sendable, CaseIterable {
        case avro
        case json

        var kind: SchemaDefinition.Kind { self == .avro ? .avro : .json }
    }

    /// The schema in a file; `-` is standard input.
    static func definition(_ path: String, _ invocation: Invocation) throws -> SchemaDefinition {
        let data: Data
        do {
            data =
                path == "-"
                ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CommandError(.notFound, "'\(path)' cannot be read", kind: "unreadableFile")
        }
        guard let text = Bytes([UInt8](data)).utf8 else { throw CommandError.usage("'\(path)' is not UTF-8") }
        let guessed: SchemaLanguage = path.hasSuffix(".json") ? .json : .avro
        return SchemaDefinition((try invocation[kind] ?? guessed).kind, text)
    }
}
