public import Console
import Foundation
public import Topology

/// What is said about topologies: from an application itself, or from the manifest it left.
public enum TopologyCommands {
    private static let application = Parameter.optionalArgument(
        "application", ValueFormat<String>.text, help: "the application; may be left out when there is one only")
    private static let file = Parameter.option(
        "file", ValueFormat<String>.path, help: "a manifest, instead of the data folder's")
    private static let format = Parameter.option(
        "format", ValueFormat.choice(PlanDescription.GraphFormat.self), default: .mermaid, shown: "mermaid",
        help: "the drawing tool's language")

    /// `topology list | describe | graph`.
    public static let command = Command(
        "topology", aliases: ["topologies"], summary: "what applications compute",
        commands: [
            Command(
                "list", summary: "the applications that ran on a data folder",
                examples: [Command.Example("topology list --data-dir ./data", "list them")],
                options: [LogOptions.dataDirectory]
            ) { invocation in
                let rows = invocation.rows([
                    Column("application"), Column("subtopologies", .right), Column("stores", .right),
                    Column("fingerprint"),
                ])
                let folder = try DataFolder(invocation).applications
                for name in ApplicationManifest.applications(in: folder) {
                    guard let plan = try ApplicationManifest.read(name, in: folder)?.plan else { continue }
                    try rows.write(
                        .object([
                            JSONMember("application", .string(name)),
                            JSONMember("subtopologies", .integer(Int64(plan.subtopologies.count))),
                            JSONMember("stores", .integer(Int64(plan.stores.count))),
                            JSONMember("fingerprint", .string(plan.fingerprint)),
                        ]))
                }
                try rows.finish()
            },
            Command(
                "describe", summary: "a topology in Kafka Streams' text format",
                examples: [Command.Example("topology describe sentiment --data-dir ./data", "print it")],
                arguments: [application], options: [LogOptions.dataDirectory, file]
            ) { invocation in try describe(try plan(invocation), invocation) },
            Command(
                "graph", summary: "a topology for a drawing tool",
                examples: [
                    Command.Example("topology graph sentiment --data-dir ./data --format mermaid", "for Markdown"),
                    Command.Example("topology graph sentiment --format dot | dot -Tsvg > topology.svg", "for Graphviz"),
                ],
                arguments: [application], options: [LogOptions.dataDirectory, file, format]
            ) { invocation in
                try invocation.output.write(plan(invocation).graph(invocation[format]))
            },
        ])

    /// Prints `plan` as text, or as JSON when that is asked for.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more.
    public static func describe(_ plan: PlanDescription, _ invocation: Invocation) throws {
        guard !invocation.style.isTable else { return try invocation.output.write(plan.kafkaText) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if invocation.style == .json { encoder.outputFormatting.insert(.prettyPrinted) }
        try invocation.output.write(Array(try encoder.encode(plan)) + [UInt8(ascii: "\n")])
    }

    private static func plan(_ invocation: Invocation) throws -> PlanDescription {
        if let path = try invocation[file] {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandError(.notFound, "there is no file '\(path)'")
            }
            do {
                return try JSONDecoder().decode(ApplicationManifest.self, from: data).plan
            } catch {
                throw CommandError(.failure, "'\(path)' is no application manifest: \(error)")
            }
        }
        let folder = try DataFolder(invocation)
        let known = ApplicationManifest.applications(in: folder.applications)
        guard let name = try invocation[application] ?? (known.count == 1 ? known.first : nil) else {
            throw CommandError(
                known.isEmpty ? .notFound : .usage,
                known.isEmpty
                    ? "no application has run on '\(folder.path)'"
                    : "which application? \(known.joined(separator: ", "))",
                hint: "run one with '--data-dir \(folder.path)' first, or name the folder with '--data-dir'")
        }
        guard let manifest = try ApplicationManifest.read(name, in: folder.applications) else {
            throw CommandError(
                .notFound, "no application '\(name)' has run on '\(folder.path)'",
                hint: known.isEmpty ? nil : "there are: \(known.joined(separator: ", "))")
        }
        return manifest.plan
    }
}
