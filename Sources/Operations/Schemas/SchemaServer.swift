import Console
import HTTPServer
import RegistryService
import StreamCore

/// `schemas serve`: the registry in the log, as a server.
enum SchemaServer {
    private static let address = Parameter.option(
        "address", ValueFormat<String>.text.named("IP"), default: "127.0.0.1",
        help: "the address to listen on; it knows no users, so keep it local or behind a proxy")
    private static let port = Parameter.option(
        "port", letter: "p", ValueFormat<Int>.integer(0...65_535), default: 8_081,
        help: "the port; 0 is any that is free")

    static let command = Command(
        "serve", summary: "serve the registry in the log by HTTP, as Confluent's, until interrupted",
        details: """
            For serializers of other languages: schema.registry.url is the address that is printed. Several may serve one log \
            at once; all agree.
            """,
        examples: [
            Command.Example("schemas serve --data-dir ./data --port 8081", "over a data folder"),
            Command.Example("schemas serve -b localhost:9092 --schemas-topic tributary-schemas", "over Kafka"),
        ],
        options: [address, port]
    ) { invocation in
        let registry = try RegistryOptions.embedded(invocation)
        let watch = SignalWatch()
        defer { watch.cancel() }
        let options = HTTPServer.Options(address: try invocation[address], port: try invocation[port])
        let server: HTTPServer
        do {
            server = try HTTPServer(options, handler: RegistryHandler.handler(for: registry))
        } catch let error as HTTPServerError {
            throw CommandError(.conflict, error.description, hint: "choose another --port", kind: "cannotListen")
        }
        invocation.note("the registry listens on http://\(options.address):\(server.port)")
        while watch.received == nil { try await Task.sleep(for: .milliseconds(100)) }
        server.stop()
        try watch.check()
    }
}
