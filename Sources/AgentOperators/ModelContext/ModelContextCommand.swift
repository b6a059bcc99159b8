import Console
import HTTPServer
import ModelContextProtocol
import Operations

/// The noun `mcp`: agents, tasks and stores of a log for models, whether an application runs or not.
enum ModelContextCommand {
    static let allowWrites = Parameter.flag(
        "allow-writes", help: "let models send messages, decide approvals, cancel requests, retry dead letters")
    private static let http = Parameter.option(
        "http", ValueFormat<MonitorAddress>.monitorAddress,
        help: "listen here instead of speaking over standard streams")

    static let command = Command(
        "mcp", summary: "a server of the Model Context Protocol on a log", commands: [serve])

    private static let serve = Command(
        "serve", summary: "lets models look at agents, tasks and stores",
        details: """
            Speaks over standard input and output, for a client that starts it, or with --http over HTTP at the path /mcp. Read-only \
            unless --allow-writes is given. It knows no users: whoever reaches it may use it.
            """,
        examples: [
            Command.Example("mcp serve --data-dir ./data", "for a client that starts this command"),
            Command.Example("mcp serve --http 7400 -b localhost:9092", "over HTTP, on Kafka"),
        ],
        options: LogOptions.all + [allowWrites, http]
    ) { invocation in
        _ = try LogOptions.open(invocation, mustExist: true)
        let allowsWrites = try invocation[allowWrites]
        let server = MCPServer(
            MCPImplementation(name: "tributary", version: "1"),
            instructions: ModelContextTools.instructions(allowsWrites: allowsWrites),
            tools: ModelContextTools.tools(
                connection: LogOptions.words(of: invocation), environment: invocation.environment,
                allowsWrites: allowsWrites))
        guard let address = try invocation[http] else { return await server.serve() }
        let handler = server.handler()
        let listener: HTTPServer
        do {
            listener = try HTTPServer(.init(address: address.address, port: address.port)) { request in
                request.path == "/mcp" ? await handler(request) : .text("the path is /mcp\n", status: 404)
            }
        } catch {
            throw CommandError(.conflict, "\(error)", hint: "port 0 takes any that is free", kind: "address")
        }
        invocation.note("listens at http://\(address.address):\(listener.port)/mcp")
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        let watch = SignalWatch { signal in end.yield(signal) }
        defer { watch.cancel() }
        for await signal in ends {
            listener.stop()
            throw SignalReceived(signal: signal)
        }
    }
}
