public import Console
import HTTPServer
import JSON
import ModelContextProtocol
import Observability
import Operations
import StreamCore
public import StreamDSL
import Topology

/// Lets models look at a running application and, where that is allowed, act on it: a server of the Model Context Protocol inside it.
///
/// ```swift
/// var extensions: [any ApplicationExtension] { [ModelContextExtension()] }
/// ```
///
/// `run --monitor 8080` then serves it at `http://127.0.0.1:8080/mcp`, and `run --mcp-stdio` over standard streams, for a client that starts the
/// application itself. It is read-only unless `run --allow-writes` is given. It knows no users: the monitor's address decides who reaches it.
public struct ModelContextExtension: ApplicationExtension {
    private static let allowWrites = ModelContextCommand.allowWrites
    private static let overStreams = Parameter.flag(
        "mcp-stdio", help: "speak the Model Context Protocol over standard streams, and end with them")

    private let origins: [String]

    /// The extension.
    ///
    /// - Parameter origins: pages in browsers that may use it, by the value of their `Origin`; none unless named.
    public init(origins: [String] = []) { self.origins = origins }

    /// `--allow-writes`, `--mcp-stdio`.
    public var options: [any AnyParameter] { [Self.allowWrites, Self.overStreams] }

    /// Begins to serve.
    ///
    /// - Throws: ``CommandError`` when the command line is malformed.
    public func start(beside application: RunningApplication) throws -> ApplicationPart {
        let invocation = application.invocation
        let allowsWrites = try invocation[Self.allowWrites]
        let tools = ModelContextTools.tools(
            connection: LogOptions.words(of: invocation), environment: invocation.environment,
            allowsWrites: allowsWrites)
        let live = LiveTools(application)
        let server = MCPServer(
            MCPImplementation(name: application.topology.name, version: "1"),
            instructions: ModelContextTools.instructions(allowsWrites: allowsWrites), tools: live.tools + tools,
            resources: live.resources)
        if try invocation[Self.overStreams] {
            let runtime = application.runtime
            Task {
                await server.serve()
                // The client that started the process has let go of it.
                runtime.stop()
            }
        }
        let handler = server.handler(origins: origins)
        return ApplicationPart(routes: [
            HTTPRoute(
                .exactly("/mcp"), methods: ["GET", "POST", "DELETE"],
                summary: "the Model Context Protocol\(allowsWrites ? "" : ", read-only")", handler: handler)
        ])
    }
}

/// What only the running process knows.
private struct LiveTools {
    let application: RunningApplication

    init(_ application: RunningApplication) { self.application = application }

    /// As the task market's agents called them, so that what is written for those finds them.
    var tools: [MCPTool] {
        [
            MCPTool("get_agent_status", "How this instance is: its tasks' phases and what it has counted.") { _ in
                MCPToolResult(status)
            },
            MCPTool("get_active_tasks", "The tasks of this instance: phase, and what is left to restore.") { _ in
                MCPToolResult(.object([JSONMember("tasks", tasks)]))
            },
        ]
    }

    var resources: [MCPResource] {
        [
            MCPResource("agent://status", name: "status", "How this instance is.") { status.prettyText },
            MCPResource("agent://tasks", name: "tasks", "The tasks of this instance.") { tasks.prettyText },
        ]
    }

    private var tasks: JSONValue {
        .array(
            application.runtime.tasks.map { task in
                .object([
                    JSONMember("task", .string("\(task.task)")), JSONMember("phase", .string("\(task.phase)")),
                    JSONMember("remaining", .integer(Int64(task.remaining))),
                ])
            })
    }

    private var status: JSONValue {
        var counts: [String: Int] = [:]
        for (key, count) in application.runtime.counters.snapshot { counts[key.name, default: 0] += count }
        let counted = counts.sorted { $0.key < $1.key }.map { JSONMember($0.key, .integer(Int64($0.value))) }
        return .object([
            JSONMember("application", .string(application.topology.name)), JSONMember("tasks", tasks),
            JSONMember("counters", .object(counted)),
        ])
    }
}
