import Console
import HTTPServer
import StreamCore

/// The HTTP monitor of one run of an application: its own pages and those of its extensions, behind one port.
final class Monitor: Sendable {
    private let server: HTTPServer
    /// Where it listens, its port told.
    let address: MonitorAddress

    /// A monitor that listens from now on.
    ///
    /// - Throws: ``CommandError`` with exit code `conflict` when it cannot listen there.
    init(_ wanted: MonitorAddress, _ routes: [HTTPRoute]) throws {
        let index = HTTPRoute(.exactly("/"), summary: "") { [list = HTTPRouter(routes).list] _ in .text(list) }
        let router = HTTPRouter(routes + [index])
        var options = HTTPServer.Options(address: wanted.address, port: wanted.port, maxConnections: 1_000)
        // Who opens connections and says nothing must not keep a probe out for long.
        options.idleTimeout = .seconds(20)
        do {
            server = try HTTPServer(options) { request in await router.answer(request) }
        } catch {
            throw CommandError(
                .conflict, "the monitor \(error)",
                hint: "give each instance a port of its own with --monitor, or 0 for any that is free",
                kind: "monitorAddress")
        }
        address = MonitorAddress(address: wanted.address, port: server.port)
    }

    /// Stops listening and cuts what is under way.
    func stop() { server.stop() }
}
