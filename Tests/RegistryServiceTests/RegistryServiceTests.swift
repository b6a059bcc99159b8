import EventLog
import Foundation
import HTTPServer
import JSON
import RegistryService
import Schemas
import StreamCore
import Synchronization
import TestPrograms
import Testing

/// A registry in a folder of its own, served on a port of its own.
final class ServedRegistry: Sendable {
    let folder: TemporaryFolder
    let registry: EmbeddedSchemaRegistry
    let server: HTTPServer

    init() throws {
        folder = try TemporaryFolder()
        registry = EmbeddedSchemaRegistry(log: try EmbeddedEventLog(dataDirectory: folder.path))
        server = try HTTPServer(handler: RegistryHandler.handler(for: registry))
    }

    var address: String { "http://127.0.0.1:\(server.port)" }

    func client(attempts: Int = 1) throws -> HTTPSchemaRegistry {
        HTTPSchemaRegistry(try RegistryConnection(address, attempts: attempts))
    }
}

@Suite("The registry by HTTP")
struct RegistryServiceTests {
    private func record(_ fields: String = #"{"name": "a", "type": "int"}"#) -> SchemaDefinition {
        SchemaDefinition(.avro, #"{"type": "record", "name": "R", "fields": [\#(fields)]}"#)
    }

    private func expect(
        _ code: SchemaRegistryError.Code?, at place: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        var found: SchemaRegistryError.Code?
        do {
            try body()
        } catch {
            found = (error as? SchemaRegistryError)?.code
        }
        #expect(found == code, sourceLocation: place)
    }

    @Test("the client says of the service what the registry says itself", .timeLimit(.minutes(15)))
    func roundTrip() async throws {
        let served = try ServedRegistry()
        try await OwnRegistryThread.run { try walk(served, try served.client()) }
    }

    private func walk(_ served: ServedRegistry, _ client: HTTPSchemaRegistry) throws {
        let json = SchemaDefinition(.json, #"{"type":"object","additionalProperties":false}"#)
        let place = try client.register(record(), subject: "a/b ü-value")
        #expect(try served.registry.version(nil, of: "a/b ü-value") == place)
        let event = try client.register(json, subject: "events-value")
        #expect(try client.schema(id: event.id) == json)
        #expect(try client.find(record(), subject: "a/b ü-value") == place)
        #expect(try client.version(1, of: "a/b ü-value") == place)
        #expect(try client.version(nil, of: "events-value") == event)
        #expect(try client.subjects(includingDeleted: false) == ["a/b ü-value", "events-value"])
        #expect(try client.versions(of: "a/b ü-value", includingDeleted: false) == [1])
        #expect(try client.places(ofID: place.id) == [place])
        expect(.schemaNotFound) { _ = try client.schema(id: 4_711) }
        expect(.subjectNotFound) { _ = try client.version(nil, of: "nobody") }
        expect(.versionNotFound) { _ = try client.version(7, of: "events-value") }
        expect(.invalidSchema) { _ = try client.register(SchemaDefinition(.avro, "{"), subject: "x") }
        expect(.levelNotConfigured) { _ = try client.level(of: "events-value", orDefault: false) }
        try client.setLevel(.fullTransitive, of: "events-value")
        #expect(try client.level(of: "events-value", orDefault: false) == .fullTransitive)
        try client.setLevel(nil, of: "events-value")
        #expect(try client.level(of: "events-value", orDefault: true) == .backward)
        try client.setMode(.readOnly, of: nil)
        expect(.notPermitted) { _ = try client.register(record(), subject: "new") }
        try client.setMode(.readWrite, of: nil)
        #expect(try client.mode(of: nil, orDefault: true) == .readWrite)
        #expect(try client.deleteSubject("events-value", permanently: false) == [1])
        expect(.subjectSoftDeleted) { _ = try client.deleteSubject("events-value", permanently: false) }
        #expect(try client.deleteSubject("events-value", permanently: true) == [1])
        expect(.versionNotSoftDeleted) { _ = try client.deleteVersion(1, of: "a/b ü-value", permanently: true) }
    }

    @Test("AK-16 an incompatible schema is a typed refusal with its reasons, over HTTP too", .timeLimit(.minutes(15)))
    func incompatible() async throws {
        let served = try ServedRegistry()
        try await OwnRegistryThread.run {
            let client = try served.client()
            _ = try client.register(record(), subject: "s")
            let worse = record(#"{"name": "a", "type": "int"}, {"name": "b", "type": "int"}"#)
            do {
                _ = try client.register(worse, subject: "s")
                Issue.record("registered")
            } catch let error as SchemaRegistryError {
                #expect(error.code == .incompatible)
                #expect(error.description.contains("READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1"))
                #expect(error.description.contains("version 1"))
                #expect(!error.isRetryable)
            }
            let problems = try client.check(worse, subject: "s", against: nil)
            #expect(problems.count == 1)
            #expect(problems.first?.message.contains("has no default") == true)
        }
    }

    @Test("a registry that is not there is retriable, in time; one that comes later is found", .timeLimit(.minutes(15)))
    func away() async throws {
        let served = try ServedRegistry()
        try await OwnRegistryThread.run {
            let free = try HTTPServer { _ in HTTPResponse() }
            let port = free.port
            free.stop()
            let address = "http://127.0.0.1:\(port)"
            let client = HTTPSchemaRegistry(try RegistryConnection(address, attempts: 1))
            expect(.unavailable) { _ = try client.subjects(includingDeleted: false) }
            let several = HTTPSchemaRegistry(try RegistryConnection("\(address),\(served.address)", attempts: 1))
            #expect(try several.subjects(includingDeleted: false).isEmpty, "the second address answers")
            let late = try HTTPServer(
                HTTPServer.Options(port: port), handler: RegistryHandler.handler(for: served.registry))
            #expect(try client.subjects(includingDeleted: false).isEmpty)
            late.stop()
        }
    }

    @Test(
        "what is no registry is said so, with what it answered and without secrets", .timeLimit(.minutes(15)),
        arguments: [
            (200, "text/html", "<html>\u{1b}[31mhello</html>", SchemaRegistryError.Code.notUnderstood),
            (404, "text/html", "<html>nothing</html>", .notUnderstood), (401, "text/html", "go away", .denied),
            (503, "text/html", "<html>busy</html>", .unavailable),
            (500, "application/json", "{\"error_code\":50002}", .unavailable),
            (429, "application/json", "{}", .unavailable), (301, "text/html", "", .notUnderstood),
            (200, "application/json", "", .notUnderstood), (200, "application/json", "[1,2", .notUnderstood),
            (422, "application/json", "{\"error_code\":42201,\"message\":\"bad\"}", .invalidSchema),
        ])
    func strangers(_ status: Int, _ type: String, _ body: String, _ expected: SchemaRegistryError.Code) async throws {
        try await OwnRegistryThread.run {
            let server = try HTTPServer { _ in
                HTTPResponse(
                    status: status,
                    headers: [HTTPField("Content-Type", type), HTTPField("Location", "http://127.0.0.1:1/")],
                    body: .bytes(Bytes(body)))
            }
            defer { server.stop() }
            let connection = try RegistryConnection("http://ann:hunter2@127.0.0.1:\(server.port)/", attempts: 1)
            let client = HTTPSchemaRegistry(connection)
            do {
                _ = try client.subjects(includingDeleted: false)
                Issue.record("answered")
            } catch let error as SchemaRegistryError {
                #expect(error.code == expected)
                #expect(!error.description.contains("hunter2"))
                #expect(!error.description.contains("\u{1b}"))
            }
            #expect(!"\(connection)".contains("hunter2"))
        }
    }

    @Test(
        "name and password of the address go with each request; an unknown id is asked for once",
        .timeLimit(.minutes(15)))
    func credentials() async throws {
        try await OwnRegistryThread.run {
            let seen = Mutex<[String]>([])
            let server = try HTTPServer { request in
                seen.withLock { $0.append(request.header("Authorization") ?? "") }
                return .text("{\"error_code\":40403,\"message\":\"no\"}", status: 404)
            }
            defer { server.stop() }
            let client = HTTPSchemaRegistry(
                try RegistryConnection("http://ann:hunter2@127.0.0.1:\(server.port)", attempts: 2))
            for _ in 0..<5 { expect(.schemaNotFound) { _ = try client.schema(id: 9) } }
            let asked = seen.withLock { $0 }
            #expect(asked == ["Basic " + Data("ann:hunter2".utf8).base64EncodedString()])
        }
    }

    @Test(
        "an address that is none is refused without being shown",
        arguments: ["", "localhost:8081", "ftp://u:secret@h", "http://"])
    func addresses(_ text: String) {
        let error = #expect(throws: SchemaRegistryError.self) { try RegistryConnection(text) }
        #expect(error?.description.contains("secret") == false)
    }

    @Test("requests that make no sense are answered as the registry's own would", .timeLimit(.minutes(15)))
    func requests() async throws {
        let handler = RegistryHandler.handler(for: InMemorySchemaRegistry())
        let cases: [(String, String, String, Int)] = [
            ("GET", "/", "", 200), ("GET", "/schemas/types", "", 200), ("GET", "/subjects", "", 200),
            ("GET", "/nothing", "", 404),
            ("PATCH", "/subjects/a/versions", "", 404), ("POST", "/subjects/a/versions", "not json", 422),
            ("POST", "/subjects/a/versions", "{}", 422),
            ("POST", "/subjects/a/versions", "{\"schema\":\"\\\"int\\\"\",\"schemaType\":\"XML\"}", 422),
            ("GET", "/subjects/a/versions", "", 404), ("GET", "/subjects/a/versions/0", "", 422),
            ("GET", "/subjects/a/versions/latest", "", 404), ("GET", "/schemas/ids/x", "", 404),
            ("PUT", "/config", "{\"compatibility\":\"SOMEHOW\"}", 422),
            ("PUT", "/config", "{\"compatibility\":\"full\"}", 200),
            ("GET", "/config", "", 200), ("GET", "/config/a", "", 404), ("GET", "/mode", "", 200),
            ("PUT", "/mode", "{\"mode\":\"SIDEWAYS\"}", 422),
            ("POST", "/compatibility/subjects/a/versions/latest", "{\"schema\":\"\\\"int\\\"\"}", 404),
            ("POST", "/compatibility/subjects/a/versions", "{\"schema\":\"\\\"int\\\"\"}", 200),
            ("POST", "/subjects/a/versions", "{\"schema\":\"\\\"int\\\"\"}", 200),
            ("GET", "/subjects/a/versions/1/schema", "", 200),
            ("GET", "/subjects/a/versions/1/referencedby", "", 200), ("DELETE", "/subjects/a", "", 200),
            ("DELETE", "/subjects/a", "", 404),
            ("GET", "/contexts", "", 200), ("GET", "/schemas", "", 200),
        ]
        for (method, path, body, status) in cases {
            let answer = await handler(HTTPRequest(method: method, path: path, body: Bytes(body)))
            #expect(answer.status == status, "\(method) \(path)")
            guard case .bytes(let bytes) = answer.body else { continue }
            let json = try JSONValue(parsing: bytes)
            if status >= 400 { #expect(json["error_code"]?.integerValue != nil && json["message"]?.stringValue != nil) }
        }
    }
}
