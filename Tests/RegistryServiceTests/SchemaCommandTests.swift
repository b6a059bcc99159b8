import Foundation
import JSON
import RegistryService
import Schemas
import TestPrograms
import Testing

@Suite("tributary schemas")
struct SchemaCommandTests {
    private struct Outcome: Sendable {
        let code: Int32
        let output: String
        let errors: String
    }

    private func run(
        _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await OwnRegistryThread.run {
            let program = try BuiltProgram("tributary").start(
                ["schemas"] + arguments, environment: environment, in: folder.path)
            let code = program.wait()
            return Outcome(code: code, output: program.outputText, errors: program.errorText)
        }
    }

    @Test("subjects are registered, checked, exported and deleted in a data folder", .timeLimit(.minutes(15)))
    func folder() async throws {
        let folder = try TemporaryFolder()
        let data = ["--data-dir", folder.path + "/data"]
        let first = #"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}"#
        let worse = #"{"type": "record", "name": "R", "fields": [{"name": "b", "type": "int"}]}"#
        try Data(first.utf8).write(to: URL(fileURLWithPath: folder.path + "/first.avsc"))
        try Data(worse.utf8).write(to: URL(fileURLWithPath: folder.path + "/worse.avsc"))
        let registered = try await run(["register", "s", folder.path + "/first.avsc", "-o", "json"] + data, in: folder)
        #expect(registered.code == 0, "\(registered.errors)")
        #expect(try JSONValue(parsing: registered.output)["id"] == 1)
        let checked = try await run(["check", "s", folder.path + "/worse.avsc", "-o", "jsonl"] + data, in: folder)
        #expect(checked.code == 8)
        #expect(checked.output.contains("READER_FIELD_MISSING_DEFAULT_VALUE"))
        let refused = try await run(["register", "s", folder.path + "/worse.avsc"] + data, in: folder)
        #expect(refused.code == 6)
        let leveled = try await run(["config", "s", "--level", "NONE"] + data, in: folder)
        #expect(leveled.code == 0)
        let taken = try await run(["register", "s", folder.path + "/worse.avsc"] + data, in: folder)
        #expect(taken.code == 0, "\(taken.errors)")
        let exported = try await run(["export", "-o", "jsonl"] + data, in: folder)
        #expect(exported.output.split(separator: "\n").count == 2)
        #expect(exported.output.contains("\"level\":\"NONE\""))
        let asked = try await run(["delete", "s", "1"] + data, in: folder)
        #expect(asked.errors.contains("--yes"))
        let deleted = try await run(["delete", "s", "1", "--yes"] + data, in: folder)
        #expect(deleted.code == 0)
        let listed = try await run(["list", "-o", "json"] + data, in: folder)
        #expect(try JSONValue(parsing: listed.output).elements?.first?["versions"] == "2")
        let missing = try await run(["get", "nobody"] + data, in: folder)
        #expect(missing.code == 3)
    }

    @Test("a registry by its address, from the environment too; one that is away is code 4", .timeLimit(.minutes(15)))
    func remote() async throws {
        let served = try ServedRegistry()
        let folder = try TemporaryFolder()
        let schema = #"{"type": "object", "additionalProperties": false}"#
        try Data(schema.utf8).write(to: URL(fileURLWithPath: folder.path + "/event.json"))
        let registered = try await run(
            ["register", "events-value", folder.path + "/event.json", "--registry", served.address], in: folder)
        #expect(registered.code == 0, "\(registered.errors)")
        #expect(try served.registry.version(nil, of: "events-value").definition.kind == .json)
        let environment = ["SCHEMA_REGISTRY_URL": served.address]
        let listed = try await run(["list", "-o", "json"], in: folder, environment: environment)
        #expect(try JSONValue(parsing: listed.output).elements?.count == 1)
        let away = try await run(["list", "--registry", "http://127.0.0.1:1"], in: folder)
        #expect(away.code == 4)
    }

    @Test(
        "the tool serves the registry of a data folder, which a client and the folder then agree on",
        .timeLimit(.minutes(15)))
    func serve() async throws {
        let folder = try TemporaryFolder()
        let schema = folder.path + "/first.avsc"
        try Data("\"string\"".utf8).write(to: URL(fileURLWithPath: schema))
        let address = try await OwnRegistryThread.run { () -> (RunningProgramBox, String) in
            let program = try BuiltProgram("tributary").start(
                ["schemas", "serve", "--port", "0", "--data-dir", folder.path + "/data"], in: folder.path)
            _ = program.says("http://", within: 120)
            let text = program.errorText
            let start = text.range(of: "http://").map { text[$0.lowerBound...] } ?? ""
            return (RunningProgramBox(program), start.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        defer { address.0.stop() }
        let registered = try await run(["register", "s", schema, "--registry", address.1], in: folder)
        #expect(registered.code == 0, "\(registered.errors)")
        let listed = try await run(["list", "-o", "json", "--data-dir", folder.path + "/data"], in: folder)
        #expect(try JSONValue(parsing: listed.output).elements?.first?["subject"] == "s")
    }
}

/// A process that passes from the thread that starts it to the one that ends it.
///
/// Unchecked: one uses it after the other.
final class RunningProgramBox: @unchecked Sendable {
    private let program: RunningProgram
    init(_ program: RunningProgram) { self.program = program }
    func stop() { program.kill() }
}
