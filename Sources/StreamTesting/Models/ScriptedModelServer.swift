public import ChatModels
public import Foundation
import HTTPServer
import StreamCore
import Synchronization

/// A model for tests: a real HTTP server on this machine that speaks the OpenAI interface and says what a script says.
///
/// It answers `chat/completions`, as a whole and by server-sent events, and `embeddings`, and keeps what it was asked. It
/// stops when it is let go of.
public final class ScriptedModelServer: Sendable {
    /// Decides what is done with a request.
    public typealias Script = @Sendable (ScriptedRequest) -> ScriptedTurn

    private let desk: ScriptedDesk
    private let server: HTTPServer

    /// A server that does what `script` says about each request to `chat/completions`.
    ///
    /// - Parameters:
    ///   - kept: how many requests it remembers.
    ///   - embedding: the vector of a text; nil means one that says roughly which words it has.
    ///   - script: what it does; several requests at once ask it.
    /// - Throws: `HTTPServerError` when it cannot listen.
    public init(
        kept: Int = 10_000, embedding: (@Sendable (String) -> [Float])? = nil, script: @escaping Script
    ) throws {
        let desk = ScriptedDesk(script, embedding ?? ScriptedAnswer.vector, kept: kept)
        self.desk = desk
        server = try HTTPServer { request in await desk.answer(request) }
    }

    /// A server that takes one turn for each request, and refuses with status 500 when there is none left.
    ///
    /// - Throws: `HTTPServerError` when it cannot listen.
    public convenience init(turns: [ScriptedTurn]) throws {
        try self.init { request in
            request.number < turns.count
                ? turns[request.number]
                : .failure(500, code: "script_over", message: "the script has \(turns.count) turns")
        }
    }

    /// Where the interface begins.
    public var baseURL: URL { URL(string: "http://127.0.0.1:\(server.port)/v1") ?? URL(fileURLWithPath: "/") }

    /// The endpoint of this server.
    public func endpoint(
        key: APIKey? = nil, options: OpenAIEndpoint.Options = OpenAIEndpoint.Options()
    ) -> OpenAIEndpoint {
        OpenAIEndpoint(baseURL, key: key, options: options)
    }

    /// A model on this server.
    public func model(_ name: String = "scripted") -> OpenAIChatModel { OpenAIChatModel(name, at: endpoint()) }

    /// What it was asked, in order of arrival.
    public var requests: [ScriptedRequest] { desk.state.withLock { $0.requests } }

    /// How often it was asked.
    public var count: Int { desk.state.withLock { $0.count } }

    /// The most requests that were open at once.
    public var mostAtOnce: Int { desk.state.withLock { $0.most } }

    /// How many requests are open.
    public var open: Int { desk.state.withLock { $0.open } }

    /// How many answers in parts are being written.
    public var writing: Int { desk.state.withLock { $0.writing } }

    /// Stops; connections are cut.
    public func stop() { server.stop() }
}
