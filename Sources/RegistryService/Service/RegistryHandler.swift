public import HTTPServer
import JSON
public import Schemas
import StreamCore

/// A registry as the REST interface of Confluent's, for serializers of other languages.
public enum RegistryHandler {
    /// What answers requests for `registry`; an ``HTTPServer`` or an application's monitor can have it.
    ///
    /// - Parameters:
    ///   - registry: any registry.
    ///   - prefix: what paths begin with, for example `/registry`; empty for nothing.
    /// - Returns: a handler that may block the thread that it runs on, as handlers of ``HTTPServer`` may.
    public static func handler(
        for registry: any SchemaRegistryAdministration, prefix: String = ""
    ) -> HTTPServer.Handler {
        { request in
            guard request.path.hasPrefix(prefix) else { return missing(request) }
            let routes = RegistryRoutes(
                registry: registry, request: request, path: String(request.path.dropFirst(prefix.count)))
            switch Result(catching: routes.answer) {
            case .success(let answer): return answer ?? missing(request)
            case .failure(let error): return failure(error)
            }
        }
    }

    static let contentType = "application/vnd.schemaregistry.v1+json"

    static func response(_ status: Int, _ json: JSONValue) -> HTTPResponse {
        .text(json.text, type: contentType, status: status)
    }

    private static func missing(_ request: HTTPRequest) -> HTTPResponse {
        response(
            404,
            [
                "error_code": 404,
                "message": .string(
                    "HTTP 404 Not Found: there is no \(request.method) \(request.path.prefix(200)) here"),
            ])
    }

    private static func failure(_ error: SchemaRegistryError) -> HTTPResponse {
        let code = error.code.rawValue
        return response(
            code < 1_000 ? code : code / 100,
            ["error_code": .integer(Int64(code)), "message": .string(error.description)])
    }
}
